package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent/refreshtoken"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/queue"
)

const (
	// reuseMemory is how long a spent refresh token is remembered after its end, to notice its reuse.
	reuseMemory = 7 * 24 * time.Hour
	// sweepHour is when the nightly sweep runs, in Asia/Seoul.
	sweepHour = 4 * time.Hour
	// sweepBatch is how many rows are removed in one transaction, so that others can write between.
	sweepBatch = 1000
)

// sweepArgs ask for the nightly sweep.
type sweepArgs struct{}

// Kind implements [queue.Args].
func (sweepArgs) Kind() string { return "account_sweep" }

// RegisterJobs adds the nightly sweep to the queue.
func (s *Service) RegisterJobs(q *queue.Queue) {
	queue.Handle(q, func(ctx context.Context, _ sweepArgs) error { return s.Sweep(ctx) })
	q.Every(nextSweep, false, sweepArgs{})
}

// nextSweep returns the first sweep after t.
func nextSweep(t time.Time) time.Time {
	day := calendar.DateOf(t)
	if at := day.Start().Add(sweepHour); at.After(t) {
		return at
	}
	return day.Add(1).Start().Add(sweepHour)
}

// Sweep removes what has ended: refresh tokens, sessions without tokens, uploads that nobody attached,
// idempotency keys. It may run at any time and again.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return errors.Join(
		s.sweepTokens(ctx, now.Add(-reuseMemory)),
		s.sweepSessions(ctx, now.Add(-reuseMemory)),
		s.media.Sweep(ctx),
		idempotency.Sweep(ctx, s.db, now),
	)
}

// sweepTokens removes the tokens that, or whose sessions, have ended before an instant.
func (s *Service) sweepTokens(ctx context.Context, before time.Time) error {
	return s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int, error) {
		ids, err := tx.RefreshToken.Query().
			Where(refreshtoken.Or(
				refreshtoken.ExpiresAtLT(before),
				refreshtoken.HasSessionWith(session.RevokedAtLT(before)),
			)).
			Limit(sweepBatch).
			IDs(ctx)
		if err != nil {
			return 0, fmt.Errorf("look for spent refresh tokens: %w", err)
		}
		return tx.RefreshToken.Delete().Where(refreshtoken.IDIn(ids...)).Exec(ctx)
	})
}

// sweepSessions removes the sessions of before an instant that have no tokens left.
func (s *Service) sweepSessions(ctx context.Context, before time.Time) error {
	return s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int, error) {
		ids, err := tx.Session.Query().
			Where(session.CreatedAtLT(before), session.Not(session.HasTokens())).
			Limit(sweepBatch).
			IDs(ctx)
		if err != nil {
			return 0, fmt.Errorf("look for ended sessions: %w", err)
		}
		return tx.Session.Delete().Where(session.IDIn(ids...)).Exec(ctx)
	})
}

// inBatches runs remove, each time in a transaction of its own, until it removes less than a batch.
func (s *Service) inBatches(ctx context.Context, remove func(ctx context.Context, tx *db.Tx) (int, error)) error {
	for {
		var n int
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = remove(ctx, tx)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
