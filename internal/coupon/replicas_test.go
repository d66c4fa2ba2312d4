package coupon_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// replicas runs two processes on one PostgreSQL and one Redis.
func replicas(t *testing.T) (first, second *bundle, client redis.UniversalClient) {
	t.Helper()
	client, prefix := testkit.Redis(t)
	u := testkit.PostgresDatabase(t)
	start := func() *bundle {
		d, err := db.Open(t.Context(), db.Options{URL: u, MaxConns: 12})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		carrier := bus.NewRedis(client, bus.Options{Prefix: prefix})
		testkit.Run(t, carrier.Run)
		return assemble(t, d, carrier, func(deps *coupon.Deps) {
			deps.Gate = coupon.NewRedisGate(client, prefix, coupon.GateOptions{Now: deps.Now})
			deps.Cache = cache.NewRedis(client, prefix)
		})
	}
	first, second = start(), start()
	first.prepare()
	t.Cleanup(func() {
		keys, err := client.Keys(context.Background(), prefix+"*").Result()
		if err == nil && len(keys) > 0 {
			client.Del(context.Background(), keys...)
		}
	})
	return first, second, client
}

// K-20 on two replicas: everyone asks both at once.
func TestRaceOnReplicas(t *testing.T) {
	t.Parallel()
	first, second, _ := replicas(t)
	c := first.publish(first.input(100))
	asking := people(t, first.db, 1000)
	result := race(append(asking, asking...), func(i int, ctx context.Context) error {
		service := first
		if i >= len(asking) {
			service = second
		}
		_, err := service.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
		return err
	})
	require.Equal(t, 100, result.won)
	require.Equal(t, 1900, result.refused["COUPON_SOLD_OUT"]+result.refused["COUPON_ALREADY_CLAIMED"])
	first.requireStock(c.ID, 100)
	second.requireStock(c.ID, 100)
	require.Equal(t, 1, first.events(coupon.TopicSoldOut, c.ID))
}

// A key is one claim on whichever replica the retry lands.
func TestRetryOnOtherReplica(t *testing.T) {
	t.Parallel()
	first, second, _ := replicas(t)
	c := first.publish(first.input(1))
	asking := people(t, first.db, 2)
	input := coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: ptr("k")}
	claim, err := first.Claim(asking[0], input)
	require.NoError(t, err)
	again, err := second.Claim(asking[0], input)
	require.NoError(t, err)
	require.Equal(t, claim.ID, again.ID)

	_, err = first.Claim(asking[1], input)
	require.ErrorIs(t, err, coupon.ErrSoldOut)
	_, err = second.Claim(asking[1], input)
	require.ErrorIs(t, err, coupon.ErrSoldOut)
}

// A watcher of one replica sees the claims of the other.
func TestStockOnOtherReplica(t *testing.T) {
	t.Parallel()
	first, second, _ := replicas(t)
	c := first.publish(first.input(10))
	stock, err := second.WatchStock(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, 10, next(t, stock).Remaining)
	for _, ctx := range people(t, first.db, 10) {
		_, err := first.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
		require.NoError(t, err)
	}
	sold := until(t, stock, func(s *coupon.Stock) bool { return s.Remaining == 0 })
	require.Equal(t, coupon.StatusSoldOut, sold.Status)
}
