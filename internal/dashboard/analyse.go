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

// inquiry is a question on the way to its answer.
type inquiry struct {
	asked asked
	key   key
	plan  *plan
	// now is the state of the data that the answer must not be older than.
	now stamp
	// watching says that whoever asks is told of later changes, too.
	watching bool
}

// answer returns the kept answer where it still holds, and finds it otherwise, once for all who ask at the same
// time.
func (s *Service) answer(ctx context.Context, a asked) (*Analysis, error) {
	return s.find(ctx, &inquiry{asked: a})
}

// latest returns the answer by all that is known here of the data, for who watches it.
func (s *Service) latest(ctx context.Context, a asked) (*Analysis, error) {
	return s.find(ctx, &inquiry{asked: a, watching: true})
}

func (s *Service) find(ctx context.Context, q *inquiry) (_ *Analysis, err error) {
	if q.plan, err = check(s.kinds, q.asked.Question, q.asked.scope()); err != nil {
		return nil, err
	}
	if q.key, err = q.asked.key(); err != nil {
		return nil, err
	}
	if q.now, err = s.stamp(ctx, q.plan.kind); err != nil {
		return nil, err
	}
	holds := func(then stamp) bool { return s.holds(q, then) }
	if kept := s.answers.get(q.key, holds); kept != nil {
		return kept, nil
	}
	return s.flights.join(ctx, q.key, holds, q.now,
		func(delta int) { s.deps.OnWait(q.plan.kind.Name, delta) },
		func(ctx context.Context) (*Analysis, error) { return s.obtain(ctx, q) })
}

// compute sends the plan through the three layers and keeps the answer. begun was taken before.
func (s *Service) compute(ctx context.Context, q *inquiry, begun stamp) (*Analysis, error) {
	from := s.sources[q.plan.kind.Name]
	asOf := s.deps.Now()
	f, err := from.gather(ctx, q.plan)
	if err != nil {
		return nil, err
	}
	answer, err := shaper(q.plan.method).shape(q.plan, f)
	if err != nil {
		return nil, err
	}
	if err := s.name(ctx, q.plan, answer); err != nil {
		return nil, err
	}
	answer.Freshness = Freshness{AsOf: asOf, Source: from.name}
	answer.asked, answer.begun = q.asked, begun
	s.deps.OnCompute(q.plan.kind.Name)
	s.answers.put(q.key, answer, begun)
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
