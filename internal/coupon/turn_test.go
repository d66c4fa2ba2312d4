package coupon_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/test/testkit"
)

// working is a running service whose jobs run too. done tells of each finished job.
func working(t *testing.T, d *db.DB) (b *bundle, carrier bus.Bus, done <-chan string) {
	t.Helper()
	finished := make(chan string, 100)
	jobs, err := queue.New(d, queue.Options{PollInterval: 100 * time.Millisecond, Observe: func(kind, outcome string) {
		finished <- kind + " " + outcome
	}})
	require.NoError(t, err)
	carrier = testkit.Bus(t)
	b = assemble(t, d, carrier, func(deps *coupon.Deps) { deps.Queue = jobs })
	b.prepare()
	b.RegisterJobs()
	testkit.Run(t, jobs.Run)
	until(t, finished, func(what string) bool { return what == "coupon_usage ok" }) // it runs at the start too
	return b, carrier, finished
}

// due lets the clock reach the boundary of a coupon and runs the job that waits for it.
func (b *bundle) due(turn string, at time.Time) {
	b.t.Helper()
	b.clock.moveTo(at.Add(time.Second))
	list, err := b.queue.List(context.Background(), pageAll(), &queue.Filter{Kind: ptr("coupon_turn")})
	require.NoError(b.t, err)
	for _, job := range list.Nodes() {
		var args struct {
			Turn string
			At   time.Time
		}
		require.NoError(b.t, json.Unmarshal(job.Arguments, &args))
		if args.Turn == turn && args.At.Equal(at) {
			// A job that has just run is not written down as done at once.
			require.EventuallyWithT(b.t, func(t *assert.CollectT) {
				_, err := b.queue.Retry(context.Background(), queue.RetryInput{ID: job.ID})
				require.NoError(t, err)
			}, 20*time.Second, 10*time.Millisecond)
			return
		}
	}
	b.t.Fatalf("no job waits for the %s at %s", turn, at)
}

// K-13, K-14: at each boundary a job tells, once, and unused claims expire.
func TestTurns(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b, carrier, done := working(t, d)
		input := b.input(5)
		input.StartsAt, input.EndsAt, input.ExpiresAt = b.clock.in(time.Hour), b.clock.in(2*time.Hour), b.clock.in(3*time.Hour)
		c := b.publish(input)
		started, err := carrier.Follow(t.Context(), coupon.TopicStarted, "")
		require.NoError(t, err)
		ended, err := carrier.Follow(t.Context(), coupon.TopicEnded, "")
		require.NoError(t, err)

		for range 2 { // jobs run at least once
			b.due("start", c.StartsAt)
			require.Equal(t, "coupon_turn ok", next(t, done))
		}
		next(t, started.C())
		row, err := b.Get(t.Context(), c.ID)
		require.NoError(t, err)
		require.Equal(t, c.Version+1, row.Version)

		var claims []*ent.CouponClaim
		for _, ctx := range people(t, d, 2) {
			claim, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			require.NoError(t, err)
			claims = append(claims, claim)
		}
		_, err = b.Redeem(testkit.As(t, b.owner), claims[0].Code)
		require.NoError(t, err)

		b.due("end", c.EndsAt)
		require.Equal(t, "coupon_turn ok", next(t, done))
		next(t, ended.C())
		b.due("expire", c.ExpiresAt)
		require.Equal(t, "coupon_turn ok", next(t, done))
		require.Equal(t, couponclaim.StatusUSED, d.Read().CouponClaim.GetX(t.Context(), claims[0].ID).Status)
		require.Equal(t, couponclaim.StatusEXPIRED, d.Read().CouponClaim.GetX(t.Context(), claims[1].ID).Status)
		require.Equal(t, 1, b.events(coupon.TopicStarted, c.ID))
		require.Equal(t, 1, b.events(coupon.TopicEnded, c.ID))
	})
}

// A boundary that was moved is told at its new time only.
func TestMovedTurn(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b, carrier, done := working(t, d)
		input := b.input(5)
		input.StartsAt = b.clock.in(10 * time.Minute)
		c := b.publish(input)
		started, err := carrier.Follow(t.Context(), coupon.TopicStarted, "")
		require.NoError(t, err)
		later := b.clock.in(20 * time.Minute)
		_, err = b.Update(testkit.As(t, b.owner), coupon.UpdateInput{ID: c.ID, StartsAt: graphql.OmittableOf(&later)})
		require.NoError(t, err)

		b.due("start", c.StartsAt)
		require.Equal(t, "coupon_turn ok", next(t, done))
		require.Zero(t, b.events(coupon.TopicStarted, c.ID))
		b.due("start", later)
		require.Equal(t, "coupon_turn ok", next(t, done))
		next(t, started.C())
		require.Equal(t, 1, b.events(coupon.TopicStarted, c.ID))
	})
}
