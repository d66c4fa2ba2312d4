package coupon_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/test/testkit"
)

// K-41…K-43, D-18: days begin at midnight in Seoul, and today is counted live.
func TestUsage(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		owner := testkit.As(t, b.owner)
		input := b.input(100)
		input.EndsAt, input.ExpiresAt = b.clock.in(240*time.Hour), b.clock.in(480*time.Hour)
		c := b.publish(input)
		asking := people(t, d, 6)
		claim := func(i int) string {
			made, err := b.Claim(asking[i], coupon.ClaimInput{CouponID: c.ID})
			require.NoError(t, err)
			return made.Code
		}
		redeem := func(code string) {
			_, err := b.Redeem(owner, code)
			require.NoError(t, err)
		}
		usage := func(from, to calendar.Date) [][2]int {
			t.Helper()
			days, err := b.Usage(owner, c, from, to)
			require.NoError(t, err)
			var counts [][2]int
			for i, day := range days {
				require.Equal(t, from.Add(i), day.Date)
				counts = append(counts, [2]int{day.Claimed, day.Redeemed})
			}
			return counts
		}

		first := calendar.DateOf(b.Now()).Add(1)
		b.clock.moveTo(first.End().Add(-10 * time.Second)) // just before midnight
		early, kept := claim(0), claim(1)
		redeem(early)
		require.Equal(t, [][2]int{{2, 1}}, usage(first, first), "live, while it is today")

		b.clock.moveTo(first.End().Add(10 * time.Second)) // just after
		claim(2)
		redeem(kept)
		second := first.Add(1)
		require.Equal(t, [][2]int{{0, 0}, {2, 1}, {1, 1}}, usage(first.Add(-1), second), "before the nightly job has run")

		b.clock.moveTo(second.End().Add(time.Hour))
		require.NoError(t, b.AggregateUsage(t.Context(), first, second))
		require.NoError(t, b.AggregateUsage(t.Context(), first, second), "again, as after a crash")
		claim(3)
		require.Equal(t, [][2]int{{2, 1}, {1, 1}, {1, 0}}, usage(first, second.Add(1)))

		b.clock.moveTo(second.Add(4).Start())
		require.Equal(t, [][2]int{{2, 1}, {1, 1}}, usage(first, second), "kept without looking at the claims")

		today := calendar.DateOf(b.Now())
		_, err := b.Usage(testkit.As(t, testkit.Person(t, d, user.RoleOWNER)), c, first, first)
		require.ErrorIs(t, err, fault.Forbidden)
		_, err = b.Usage(context.Background(), c, first, first)
		require.ErrorIs(t, err, fault.Forbidden)
		_, err = b.Usage(testkit.As(t, testkit.Person(t, d, user.RoleADMIN)), c, today.Add(-30), today)
		require.NoError(t, err)
		for name, span := range map[string][2]calendar.Date{
			"reversed": {today, today.Add(-1)}, "32 days": {today.Add(-31), today}, "the future": {today, today.Add(1)},
		} {
			_, err := b.Usage(owner, c, span[0], span[1])
			require.ErrorIs(t, err, fault.InvalidArgument, name)
		}
	})
}

// The nightly job counts every day that was never counted, as after an import.
func TestUsageCatchesUp(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(100))
		today := calendar.DateOf(b.Now())
		asking := people(t, d, 3)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for i, ago := range []int{20, 20, 3} {
				at := today.Add(-ago).Start().Add(time.Hour)
				err := tx.CouponClaim.Create().SetCouponID(c.ID).SetUserID(viewerID(asking[i])).
					SetCode(number(i)).SetClaimedAt(at).SetExpiresAt(at.Add(time.Hour)).Exec(ctx)
				if err != nil {
					return err
				}
			}
			return nil
		})
		worker, _, _ := working(t, d) // runs the nightly job once
		days, err := worker.Usage(testkit.As(t, b.owner), c, today.Add(-20), today)
		require.NoError(t, err)
		require.Len(t, days, 21)
		require.Equal(t, 2, days[0].Claimed)
		require.Equal(t, 1, days[17].Claimed)
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			list, err := worker.queue.List(context.Background(), pageAll(), &queue.Filter{Kind: ptr("coupon_usage")})
			require.NoError(t, err)
			require.Len(t, list.Edges, 1)
			var progress struct{ Rows int }
			require.NoError(t, json.Unmarshal(list.Edges[0].Node.Progress, &progress))
			require.Equal(t, 2, progress.Rows, "two days with claims, for operators to see")
		}, 20*time.Second, 20*time.Millisecond)
		requireClaims(t, b, asking[0], "EXPIRED", 1)
	})
}
