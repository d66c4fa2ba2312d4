package dashboard

import (
	"context"
	"encoding/hex"
	"time"
)

// The measures of what replicas compute for each other.
const (
	// TurnLease is how long a replica has the turn to compute an answer at most: it may have died. The others wait
	// for it as long, and then compute the answer themselves.
	TurnLease = 2 * time.Second
	// settleTime is how long a computation waits until other replicas have been told of what has changed here: they
	// would not take its answer otherwise. It takes some milliseconds, unless Redis is slow.
	settleTime = 50 * time.Millisecond
	// sharedAge is how long an answer is left for others. They have heard of its change by then.
	sharedAge = time.Minute
	// sharedRows and sharedBytes are above what an answer is not shared.
	sharedRows  = 5_000
	sharedBytes = 1 << 20
)

// obtain returns the answer that another replica has computed where it is new enough, waits for one that is being
// computed, and otherwise computes it, so that the others can take it. Whatever keeps replicas from agreeing costs
// a computation more, and nothing else.
func (s *Service) obtain(ctx context.Context, q *inquiry) (*Analysis, error) {
	if s.deps.Shared == nil || s.deps.Turns == nil {
		return s.compute(ctx, q, q.now)
	}
	waiting, cancel := context.WithTimeout(ctx, TurnLease)
	defer cancel()
	for waiting.Err() == nil && s.knows(q) && s.deps.Ledger.Begin().Epoch != "" {
		if found := s.fetch(ctx, q); found != nil {
			return found, nil
		}
		if end := s.deps.Turns.Take(waiting, s.turn(q)); end != nil {
			defer end()
			return s.lead(ctx, q)
		}
	}
	return s.lead(ctx, q)
}

// lead computes an answer and leaves it for the others.
func (s *Service) lead(ctx context.Context, q *inquiry) (*Analysis, error) {
	if found := s.fetch(ctx, q); found != nil { // whoever had the turn before may have left it meanwhile
		return found, nil
	}
	settling, cancel := context.WithTimeout(ctx, settleTime)
	s.deps.Ledger.Settle(settling, s.tagsOf(q.plan.kind))
	cancel()
	begun, err := s.stamp(ctx, q.plan.kind)
	if err != nil {
		return nil, err
	}
	answer, err := s.compute(ctx, q, begun)
	if err == nil {
		s.leave(ctx, q, answer)
	}
	return answer, err
}

// turn names the turn to compute an answer, of one scope and one source: replicas may be configured differently
// for a while.
func (s *Service) turn(q *inquiry) string {
	return string(s.SourceOf(q.plan.kind)) + ":" + hex.EncodeToString(q.key[:])
}

// place is where an answer is left. It names the epoch: nobody believes an answer of a time of which it has not
// heard every change.
func (s *Service) place(q *inquiry, epoch string) string { return epoch + ":" + s.turn(q) }

// leave leaves an answer for other replicas. It may fail: they compute it themselves then.
func (s *Service) leave(ctx context.Context, q *inquiry, answer *Analysis) {
	mark := answer.begun.mark
	text, ok := encodeShared(answer)
	if !ok || mark.Epoch == "" {
		return
	}
	_ = s.deps.Shared.Set(context.WithoutCancel(ctx), s.place(q, mark.Epoch), text, sharedAge)
}

// fetch returns the answer that another replica has left, and keeps it, where it is no older than the data that the
// inquiry has seen and than every change that is known here; nil otherwise.
func (s *Service) fetch(ctx context.Context, q *inquiry) *Analysis {
	if !s.knows(q) {
		return nil
	}
	mark := s.deps.Ledger.Begin()
	if mark.Epoch == "" {
		return nil
	}
	text, ok, err := s.deps.Shared.Get(ctx, s.place(q, mark.Epoch))
	if !ok || err != nil {
		return nil
	}
	answer, ok := decodeShared(text)
	if !ok || !s.reaches(q, mark.Epoch, answer.begun) {
		return nil
	}
	answer.asked, answer.begun.mark = q.asked, mark
	if now := s.deps.Now(); answer.begun.at.After(now) { // by another clock
		answer.begun.at = now
	}
	s.deps.OnShared(q.plan.kind.Name)
	s.answers.put(q.key, answer, answer.begun)
	answer.Freshness.Cached = !q.watching
	return answer
}

// reaches reports whether what another replica began to read at a state answers the inquiry. Versions are counted
// in the database, and the messages of an epoch are heard by all in one order; clocks tell only how old it is what
// a source outside has said.
func (s *Service) reaches(q *inquiry, epoch string, then stamp) bool {
	if !s.deps.Ledger.HoldsElsewhere(epoch, then.mark.Heard, s.tagsOf(q.plan.kind)) {
		return false
	}
	if s.isOutside(q.plan.kind) {
		return s.deps.Now().Sub(then.at).Abs() < outsideAge
	}
	return then.version >= q.now.version
}
