package dashboard

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// asked is a question and whose data it sees: what answers are kept and shared by.
type asked struct {
	Question Question `json:"question"`
	Owner    string   `json:"owner"`
	Store    string   `json:"store"`
}

func (a asked) scope() scope { return scope{owner: a.Owner, store: a.Store} }

// key is equal for those that have one answer.
type key [sha256.Size]byte

func (a asked) key() (key, error) {
	text, err := json.Marshal(a)
	return sha256.Sum256(text), err
}

// Analyse answers a question about the stores of the viewer, or about all stores for an ADMIN; others get
// [fault.Forbidden]. What is wrong with the question is told by the faults of this package, and
// [fault.Unavailable] says that its source does not answer.
func (s *Service) Analyse(ctx context.Context, q Question) (*Analysis, error) {
	a, err := s.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, a)
}

// ask says whose data a question of the viewer sees.
func (s *Service) ask(ctx context.Context, q Question) (asked, error) {
	v, err := viewer.Require(ctx)
	switch {
	case err != nil:
		return asked{}, err
	case !v.Has(user.RoleOWNER):
		return asked{}, fault.Forbidden
	}
	return asked{Question: q, Owner: scopeOf(v).owner}, nil
}

// scopeOf returns whose data a viewer sees: an ADMIN everybody's.
func scopeOf(v viewer.Viewer) scope {
	if v.IsAdmin() {
		return scope{}
	}
	return scope{owner: v.ID}
}

// answer returns the kept answer where it still holds, and computes it otherwise, once for all who ask at
// the same time.
func (s *Service) answer(ctx context.Context, a asked) (*Analysis, error) {
	p, err := check(s.kinds, a.Question, a.scope())
	if err != nil {
		return nil, err
	}
	k, err := a.key()
	if err != nil {
		return nil, err
	}
	now, err := s.stamp(ctx, p.kind)
	if err != nil {
		return nil, err
	}
	if kept := s.answers.get(k, func(then stamp) bool { return s.holds(p.kind, then, now) }); kept != nil {
		return kept, nil
	}
	return s.flights.join(ctx, k, func(then stamp) bool { return s.holds(p.kind, then, now) }, now,
		func(delta int) { s.deps.OnWait(p.kind.Name, delta) },
		func(ctx context.Context) (*Analysis, error) { return s.compute(ctx, a, k, p, now) })
}

// fresh computes an answer anew, also when a kept one seems to hold: the news of a change may have come
// here before the news that kept answers have ended.
func (s *Service) fresh(ctx context.Context, a asked) (*Analysis, error) {
	p, err := check(s.kinds, a.Question, a.scope())
	if err != nil {
		return nil, err
	}
	k, err := a.key()
	if err != nil {
		return nil, err
	}
	now, err := s.stamp(ctx, p.kind)
	if err != nil {
		return nil, err
	}
	return s.compute(ctx, a, k, p, now)
}

// compute sends the plan through the three layers and keeps the answer.
func (s *Service) compute(ctx context.Context, a asked, k key, p *plan, begun stamp) (*Analysis, error) {
	from := s.sources[p.kind.Name]
	asOf := s.deps.Now()
	f, err := from.gather(ctx, p)
	if err != nil {
		return nil, err
	}
	answer, err := shaper(p.method).shape(p, f)
	if err != nil {
		return nil, err
	}
	if err := s.name(ctx, p, answer); err != nil {
		return nil, err
	}
	answer.Freshness = Freshness{AsOf: asOf, Source: from.name}
	answer.asked, answer.begun = a, begun
	s.deps.OnCompute(p.kind.Name)
	s.answers.put(k, answer, begun)
	return answer, nil
}

// everything answers a question with all its rows, up to as many as a source may have groups. It is not kept.
func (s *Service) everything(ctx context.Context, a asked) (*Analysis, error) {
	p, err := check(s.kinds, a.Question, a.scope())
	if err != nil {
		return nil, err
	}
	p.most = MaxGroups
	from := s.sources[p.kind.Name]
	f, err := from.gather(ctx, p)
	if err != nil {
		return nil, err
	}
	answer, err := shaper(p.method).shape(p, f)
	if err != nil {
		return nil, err
	}
	return answer, s.name(ctx, p, answer)
}
