package dashboard_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

// replica is a dashboard service in a process of its own.
type replica struct {
	*bundle
	client redis.UniversalClient
	taken  atomic.Int64 // answers of the other
	coupon *ent.Coupon
}

// replicas runs two services on one PostgreSQL and one Redis, which know of each other. Both know the people of the
// first.
func replicas(t *testing.T, tune ...func(n int, deps *dashboard.Deps)) (here, there *replica) {
	t.Helper()
	_, prefix := testkit.Redis(t)
	address := testkit.PostgresDatabase(t)
	start := func(n int) *replica {
		r := &replica{client: dial(t)}
		ledger := reads.NewSharedLedger()
		d, err := db.Open(t.Context(), db.Options{URL: address, MaxConns: 8, Touched: ledger.Drop})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		testkit.Run(t, reads.NewLink(ledger, r.client, prefix+"reads", slog.New(slog.DiscardHandler)).Run)
		turns := cache.NewTurns(r.client, prefix+"turn:", dashboard.TurnLease)
		testkit.Run(t, turns.Run)
		r.bundle = setup(t, d, func(deps *dashboard.Deps) {
			deps.Ledger, deps.Shared, deps.Turns = ledger, cache.NewRedis(r.client, prefix+"analysis:"), turns
			deps.OnShared = func(string) { r.taken.Add(1) }
			for _, change := range tune {
				change(n, deps)
			}
		})
		r.ledger = ledger
		require.Eventually(t, func() bool { return ledger.Trusted() && waits(t, turns) }, 20*time.Second, time.Millisecond)
		return r
	}
	here, there = start(0), start(1)
	there.admin, there.owner, there.other, there.store, there.far = here.admin, here.owner, here.other, here.store, here.far
	require.Eventually(t, func() bool { // both have heard of the latest epoch
		made := here.ledger.Begin()
		return there.ledger.HoldsElsewhere(made.Epoch, made.Heard, nil)
	}, 20*time.Second, time.Millisecond)
	return here, there
}

// dial returns a connection to Redis of a process's own.
func dial(t *testing.T) redis.UniversalClient {
	t.Helper()
	opts, err := redis.ParseURL(testkit.RedisURL())
	require.NoError(t, err)
	opts.ContextTimeoutEnabled = true
	client := redis.NewClient(opts)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// waits reports whether who takes a turn waits while somebody has it.
func waits(t *testing.T, turns *cache.Turns) bool {
	end := turns.Take(t.Context(), t.Name())
	if end == nil {
		return false
	}
	defer end()
	soon, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer leave()
	return turns.Take(soon, t.Name()) == nil
}

// claim writes a claim as the coupons do.
func (r *replica) claim() {
	r.t.Helper()
	at, who := date(r.t, "2026-02-01").Start(), testkit.Person(r.t, r.db, user.RoleUSER)
	testkit.Write(r.t, r.db, func(ctx context.Context, tx *db.Tx) (err error) {
		if r.coupon == nil {
			r.coupon, err = tx.Coupon.Create().SetStoreID(r.store.ID).SetTitle("한 잔").SetSearchText("한 잔").SetDiscountKind("AMOUNT").SetDiscountValue(1).
				SetQuantity(9).SetStartsAt(at).SetEndsAt(at).SetExpiresAt(at).Save(ctx)
			if err != nil {
				return err
			}
		}
		tx.Touch(reads.CouponClaimed(r.coupon.ID, r.store.ID)...)
		return tx.CouponClaim.Create().SetCouponID(r.coupon.ID).SetUserID(who.ID).SetCode(ulid.Make().String()).
			SetClaimedAt(at).SetExpiresAt(at).Exec(ctx)
	})
}

func claims(t *testing.T) dashboard.Question {
	q := orders(t, dashboard.Breakdown, []string{"claims"}, nil)
	q.Data = "coupons"
	return q
}

func total(a *dashboard.Analysis) string { return fmt.Sprint(floats(a.Totals)) }

// TestAChangeCostsOneComputationOnAllReplicas changes what is watched on both, now here and now there.
func TestAChangeCostsOneComputationOnAllReplicas(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		question func(t *testing.T) dashboard.Question
		change   func(r *replica)
	}{
		"an import": {
			func(t *testing.T) dashboard.Question {
				return orders(t, dashboard.Breakdown, []string{"lines"}, nil)
			},
			func(r *replica) { r.sell(line{day: "2026-01-01", amount: 1}) },
		},
		"a claim": {claims, (*replica).claim},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here, there := replicas(t)
			both := []*replica{here, there}
			var crowd []<-chan *dashboard.Analysis
			for i := range 20 {
				answers, err := both[i%2].Watch(testkit.As(t, here.admin), way.question(t))
				require.NoError(t, err)
				until(t, answers, "0")
				crowd = append(crowd, answers)
			}
			const changes = 10
			for n := 1; n <= changes; n++ {
				way.change(both[n%2])
				for _, answers := range crowd {
					until(t, answers, fmt.Sprint(n))
				}
			}
			computed := here.computed.Load() + there.computed.Load()
			require.LessOrEqual(t, computed, int64(changes+2), "one a change, and what was there before")
			require.Positive(t, here.taken.Load()+there.taken.Load())
			t.Logf("%d computations of %d changes", computed, changes)
		})
	}
}

// TestNoSharedAnswerIsOlderThanAnAcknowledgedChange changes the data on both replicas in turn, and asks both, the one
// of the change at once, while
// both watch, so that there is always an answer that could be taken.
func TestNoSharedAnswerIsOlderThanAnAcknowledgedChange(t *testing.T) {
	t.Parallel()
	here, there := replicas(t)
	both := []*replica{here, there}
	for _, r := range both {
		_, err := r.Watch(testkit.As(t, here.admin), claims(t))
		require.NoError(t, err)
	}
	for n := 1; n <= 40; n++ {
		r, other := both[n%2], both[(n+1)%2]
		r.claim()
		require.Equal(t, fmt.Sprint([]int{n}), total(r.ask(here.admin, claims(t))), "on the same replica")
		require.Eventually(t, func() bool {
			return total(other.ask(here.admin, claims(t))) == fmt.Sprint([]int{n})
		}, 10*time.Second, time.Millisecond)
	}
}

// forgetful is a cache that keeps what it was given first.
type forgetful struct{ cache.Cache }

func (f forgetful) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if _, ok, err := f.Get(ctx, key); ok || err != nil {
		return err
	}
	return f.Cache.Set(ctx, key, value, ttl)
}

func TestAnOlderAnswerIsNotTaken(t *testing.T) {
	t.Parallel()
	here, there := replicas(t, func(_ int, deps *dashboard.Deps) { deps.Shared = forgetful{deps.Shared} })
	sales := orders(t, dashboard.Breakdown, []string{"lines"}, nil)
	for _, q := range []dashboard.Question{sales, claims(t)} {
		require.Equal(t, "[0]", total(here.ask(here.admin, q)))
		require.Equal(t, "[0]", total(there.ask(here.admin, q)))
	}
	require.Equal(t, int64(2), there.taken.Load(), "what still holds is taken")
	here.sell(line{day: "2026-01-01", amount: 1})
	require.Equal(t, "[1]", total(there.ask(here.admin, sales)))
	there.claim()
	require.Equal(t, "[1]", total(there.ask(here.admin, claims(t))))
	here.claim()
	require.Equal(t, "[2]", total(here.ask(here.admin, claims(t))))
	require.Equal(t, int64(2), there.taken.Load())
}

func TestScopesAreNotSharedWithOthers(t *testing.T) {
	t.Parallel()
	here, there := replicas(t)
	here.sell(line{day: "2026-01-01", amount: 1}, line{day: "2026-01-01", amount: 2, store: here.far})
	q := orders(t, dashboard.Breakdown, []string{"revenue"}, []string{"store"})
	for _, r := range []*replica{here, there} {
		require.Equal(t, "[1]", total(r.ask(here.owner, q)))
		require.Equal(t, "[2]", total(r.ask(here.other, q)))
		require.Equal(t, "[3]", total(r.ask(here.admin, q)))
	}
	require.Equal(t, int64(3), here.computed.Load())
	require.Equal(t, int64(3), there.taken.Load(), "each has one of its own")
}
