package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// Every gate passes the same suite.
func TestGate(t *testing.T) {
	t.Parallel()
	gates := map[string]func(t *testing.T, opts coupon.GateOptions) coupon.Gate{
		"memory": func(_ *testing.T, opts coupon.GateOptions) coupon.Gate { return coupon.NewMemoryGate(opts) },
		"redis": func(t *testing.T, opts coupon.GateOptions) coupon.Gate {
			client, prefix := testkit.Redis(t)
			return coupon.NewRedisGate(client, prefix, opts)
		},
	}
	for name, open := range gates {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testGate(t, open)
		})
	}
}

func testGate(t *testing.T, open func(t *testing.T, opts coupon.GateOptions) coupon.Gate) {
	now := time.Now()
	snapshot := func(version int64, remaining int) coupon.Snapshot {
		return coupon.Snapshot{CouponID: "cpn_1", Version: version, Remaining: remaining, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour)}
	}
	requireVerdict := func(t *testing.T, g coupon.Gate, want coupon.Verdict) {
		t.Helper()
		got, err := g.Admit(t.Context(), "cpn_1")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	cases := map[string]struct {
		snapshot func(s *coupon.Snapshot)
		want     coupon.Verdict
	}{
		"open":        {func(*coupon.Snapshot) {}, coupon.Open},
		"sold out":    {func(s *coupon.Snapshot) { s.Remaining = 0 }, coupon.SoldOut},
		"not started": {func(s *coupon.Snapshot) { s.StartsAt = now.Add(time.Hour / 2) }, coupon.NotStarted},
		"ended":       {func(s *coupon.Snapshot) { s.EndsAt = now.Add(-time.Minute) }, coupon.Ended},
		"paused":      {func(s *coupon.Snapshot) { s.Paused, s.Remaining = true, 0 }, coupon.Paused},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := open(t, coupon.GateOptions{})
			s := snapshot(1, 5)
			test.snapshot(&s)
			requireVerdict(t, g, coupon.Unknown)
			require.NoError(t, g.Settle(t.Context(), s))
			requireVerdict(t, g, test.want)
		})
	}
	t.Run("late news of an older version", func(t *testing.T) {
		t.Parallel()
		g := open(t, coupon.GateOptions{})
		require.NoError(t, g.Settle(t.Context(), snapshot(9, 0)))
		require.NoError(t, g.Settle(t.Context(), snapshot(8, 1)))
		requireVerdict(t, g, coupon.SoldOut)
		require.NoError(t, g.Settle(t.Context(), snapshot(10, 1)))
		requireVerdict(t, g, coupon.Open)
	})
	t.Run("forgotten", func(t *testing.T) {
		t.Parallel()
		g := open(t, coupon.GateOptions{})
		require.NoError(t, g.Settle(t.Context(), snapshot(9, 0)))
		require.NoError(t, g.Forget(t.Context(), "cpn_1"))
		requireVerdict(t, g, coupon.Unknown)
	})
	t.Run("not trusted for long", func(t *testing.T) {
		t.Parallel()
		g := open(t, coupon.GateOptions{Trust: 20 * time.Millisecond})
		require.NoError(t, g.Settle(t.Context(), snapshot(9, 0)))
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			verdict, err := g.Admit(context.Background(), "cpn_1")
			require.NoError(t, err)
			require.Equal(t, coupon.Unknown, verdict)
		}, 10*time.Second, 5*time.Millisecond)
	})
}

// Replicas share what one of them has settled; emptied, the gate knows nothing and the rows decide.
func TestRedisGateIsShared(t *testing.T) {
	t.Parallel()
	client, prefix := testkit.Redis(t)
	now := time.Now()
	sold := coupon.Snapshot{CouponID: "cpn_1", Version: 3, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour)}
	require.NoError(t, coupon.NewRedisGate(client, prefix, coupon.GateOptions{}).Settle(t.Context(), sold))

	verdict, err := coupon.NewRedisGate(client, prefix, coupon.GateOptions{}).Admit(t.Context(), "cpn_1")
	require.NoError(t, err)
	require.Equal(t, coupon.SoldOut, verdict)

	key := prefix + "gate:{cpn_1}"
	ttl, err := client.PTTL(t.Context(), key).Result()
	require.NoError(t, err)
	require.Positive(t, ttl, "what is kept ends by itself")

	require.NoError(t, client.Del(t.Context(), key).Err())
	verdict, err = coupon.NewRedisGate(client, prefix, coupon.GateOptions{}).Admit(t.Context(), "cpn_1")
	require.NoError(t, err)
	require.Equal(t, coupon.Unknown, verdict)
}

// Without Redis claims go on, by the rows.
func TestClaimWithoutRedis(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
		t.Cleanup(func() { _ = away.Close() })
		b := setup(t, d, func(deps *coupon.Deps) {
			deps.Gate = coupon.NewRedisGate(away, "x:", coupon.GateOptions{Now: deps.Now})
		})
		c := b.publish(b.input(10))
		result := race(people(t, d, 50), func(_ int, ctx context.Context) error {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			return err
		})
		require.Equal(t, 10, result.won)
		require.Equal(t, map[string]int{"COUPON_SOLD_OUT": 40}, result.refused)
		b.requireStock(c.ID, 10)
	})
}

// D-10, D-11: a gate that says something false, as after a fail-over, heals itself from the rows.
func TestStaleGateHeals(t *testing.T) {
	t.Parallel()
	client, prefix := testkit.Redis(t)
	opts := coupon.GateOptions{Trust: 50 * time.Millisecond}
	gates := map[string]coupon.Gate{
		"memory": coupon.NewMemoryGate(opts),
		"redis":  coupon.NewRedisGate(client, prefix, opts),
	}
	for name, gate := range gates {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testkit.SQLite(t)
			b := setup(t, d, func(deps *coupon.Deps) { deps.Gate = gate })
			c := b.publish(b.input(1))
			lie := coupon.SnapshotOf(c)
			lie.Version, lie.Remaining = 1_000_000, 0
			require.NoError(t, gate.Settle(t.Context(), lie))

			ctx := people(t, d, 1)[0]
			require.EventuallyWithT(t, func(t *assert.CollectT) {
				_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
				require.NoError(t, err)
			}, 10*time.Second, 5*time.Millisecond)
			b.requireStock(c.ID, 1)
		})
	}
}
