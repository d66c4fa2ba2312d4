package coupon_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// muteBus is the bus of a process that ends before it has told anything.
type muteBus struct{ bus.Bus }

func (muteBus) Set(context.Context, string, int64, []byte) error { return nil }

// D-11: a process that is killed between the commit of a claim and its news leaves no watcher behind with
// a wrong stock, even when nobody claims any more.
func TestStockOfAKilledReplicaIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		alive := assemble(t, d, carrier)
		alive.prepare()
		killed := stopped(t, d, muteBus{carrier}) // its relay never runs
		testkit.Run(t, killed.Run)
		c := alive.publish(alive.input(1))
		stock, err := alive.WatchStock(t.Context(), c.ID)
		require.NoError(t, err)
		require.Equal(t, 1, next(t, stock).Remaining)

		_, err = killed.Claim(people(t, d, 1)[0], coupon.ClaimInput{CouponID: c.ID})
		require.NoError(t, err)

		sold := until(t, stock, func(s *coupon.Stock) bool { return s.Remaining == 0 })
		require.Equal(t, coupon.StatusSoldOut, sold.Status)
	})
}
