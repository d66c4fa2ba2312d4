package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

// TestReadsSayUntilWhenTheyHold: what is shown of coupons changes by itself where one of them starts or
// ends, and a list by status also where another comes into it or leaves it.
func TestReadsSayUntilWhenTheyHold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		between := func(storeID string, starts, ends time.Duration) *ent.Coupon {
			input := b.input(5)
			input.StoreID, input.StartsAt, input.EndsAt = storeID, b.clock.in(starts), b.clock.in(ends)
			return b.publish(input)
		}
		elsewhere := between(b.newStore(b.owner, "빵집").ID, 10*time.Minute, 50*time.Minute)
		other := between(b.store.ID, 20*time.Minute, 40*time.Minute)
		shown := between(b.store.ID, 30*time.Minute, time.Hour) // the newest, alone on a page of one
		after := func(at time.Time) time.Time { return at.Add(time.Microsecond) }

		one, active := page.Args{First: new(int)}, coupon.StatusActive
		*one.First = 1
		byStatus := &coupon.Filter{Status: &active}
		cases := map[string]struct {
			read func(ctx context.Context) error
			want []time.Time // the boundaries that end the answer, in order
		}{
			"one": {
				func(ctx context.Context) error { _, err := b.Get(ctx, shown.ID); return err },
				[]time.Time{shown.StartsAt, after(shown.EndsAt)},
			},
			"by ids": {
				func(ctx context.Context) error { _, err := b.ByIDs(ctx, []string{shown.ID, other.ID}); return err },
				[]time.Time{other.StartsAt, shown.StartsAt, after(other.EndsAt), after(shown.EndsAt)},
			},
			"a list": {
				func(ctx context.Context) error { _, err := b.List(ctx, one, nil, nil); return err },
				[]time.Time{shown.StartsAt, after(shown.EndsAt)},
			},
			"a list by status": {
				func(ctx context.Context) error { _, err := b.List(ctx, one, byStatus, nil); return err },
				[]time.Time{
					elsewhere.StartsAt, other.StartsAt, shown.StartsAt,
					after(other.EndsAt), after(elsewhere.EndsAt), after(shown.EndsAt),
				},
			},
			"a store's by status": {
				func(ctx context.Context) error {
					_, err := b.PagesByStore(ctx, []string{b.store.ID}, one, byStatus, nil)
					return err
				},
				[]time.Time{other.StartsAt, shown.StartsAt, after(other.EndsAt), after(shown.EndsAt)},
			},
		}
		for name, c := range cases {
			b.clock.ahead.Store(0)
			for _, want := range c.want {
				ctx, set := reads.Observe(t.Context())
				require.NoError(t, c.read(ctx), name)
				require.WithinDuration(t, want, set.Until(), 0, name)
				b.clock.moveTo(want)
			}
			b.clock.forward(time.Second)
			ctx, set := reads.Observe(t.Context())
			require.NoError(t, c.read(ctx), name)
			require.True(t, set.Until().IsZero(), "%s: nothing more happens by itself", name)
		}
	})
}
