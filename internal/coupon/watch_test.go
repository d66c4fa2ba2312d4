package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// next returns what comes next on a live field.
func next[T any](t testing.TB, live <-chan T) T {
	t.Helper()
	select {
	case item, open := <-live:
		require.True(t, open, "the stream ended")
		return item
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// until returns the first item that fits, and skips those before.
func until[T any](t testing.TB, live <-chan T, fits func(T) bool) T {
	t.Helper()
	for {
		if item := next(t, live); fits(item) {
			return item
		}
	}
}

// requireEnd checks that a live field ends.
func requireEnd[T any](t testing.TB, live <-chan T) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case _, open := <-live:
			if !open {
				return
			}
		case <-deadline:
			t.Fatal("the stream goes on")
		}
	}
}

// D-11: the stock shown is the stock claimed, and an edit is seen as well.
func TestWatchStock(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		owner := testkit.As(t, b.owner)
		c := b.publish(b.input(3))
		stock, err := b.WatchStock(t.Context(), c.ID)
		require.NoError(t, err)
		now := next(t, stock)
		require.Equal(t, 3, now.Remaining)
		require.Equal(t, coupon.StatusActive, now.Status)

		race(people(t, d, 20), func(_ int, ctx context.Context) error {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			return err
		})
		sold := until(t, stock, func(s *coupon.Stock) bool { return s.Remaining == 0 })
		require.Equal(t, coupon.StatusSoldOut, sold.Status)
		require.Equal(t, 3, sold.Coupon.ClaimedCount)
		require.Equal(t, c.Title, sold.Coupon.Title)

		_, err = b.Update(owner, coupon.UpdateInput{ID: c.ID, Title: graphql.OmittableOf(ptr("새 이름")), Quantity: graphql.OmittableOf(ptr(5))})
		require.NoError(t, err)
		more := until(t, stock, func(s *coupon.Stock) bool { return s.Remaining == 2 })
		require.Equal(t, coupon.StatusActive, more.Status)
		require.Equal(t, "새 이름", more.Coupon.Title)

		_, err = b.Update(owner, coupon.UpdateInput{ID: c.ID, Paused: graphql.OmittableOf(ptr(true))})
		require.NoError(t, err)
		until(t, stock, func(s *coupon.Stock) bool { return s.Status == coupon.StatusPaused })

		_, err = b.Delete(owner, c.ID)
		require.NoError(t, err)
		requireEnd(t, stock)
		_, err = b.WatchStock(t.Context(), c.ID)
		require.ErrorIs(t, err, coupon.ErrNotFound)
	})
}

// D-12: the status changes at its boundaries although nothing is written.
func TestWatchStockByTheClock(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	input := b.input(3)
	input.StartsAt, input.EndsAt = b.clock.in(300*time.Millisecond), b.clock.in(600*time.Millisecond)
	c := b.publish(input)
	stock, err := b.WatchStock(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, coupon.StatusUpcoming, next(t, stock).Status)
	require.Equal(t, coupon.StatusActive, next(t, stock).Status)
	require.False(t, b.Now().Before(c.StartsAt))
	require.Equal(t, coupon.StatusEnded, next(t, stock).Status)
	require.True(t, b.Now().After(c.EndsAt))
}

// A slow reader skips what it has missed and never holds anybody up.
func TestSlowStockReader(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	c := b.publish(b.input(200))
	slow, err := b.WatchStock(t.Context(), c.ID)
	require.NoError(t, err)
	fast, err := b.WatchStock(t.Context(), c.ID)
	require.NoError(t, err)
	for _, ctx := range people(t, b.db, 200) {
		_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
		require.NoError(t, err)
	}
	until(t, fast, func(s *coupon.Stock) bool { return s.Remaining == 0 })
	seen := 0
	until(t, slow, func(s *coupon.Stock) bool { seen++; return s.Remaining == 0 })
	require.LessOrEqual(t, seen, 3)
}

// K-27, K-28, D-14: news of one store, and of the stores that one follows, resumed by cursor.
func TestWatchPublished(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		fan := people(t, d, 1)[0]
		elsewhere := b.newStore(b.owner, "빵집")
		ofStore, err := b.WatchPublished(context.Background(), &b.store.ID, nil)
		require.NoError(t, err)
		_, err = b.WatchPublished(context.Background(), nil, nil)
		require.ErrorIs(t, err, fault.Unauthenticated)
		ofFollowed, err := b.WatchPublished(fan, nil, nil)
		require.NoError(t, err)

		there := b.input(5)
		there.StoreID = elsewhere.ID
		b.publish(there) // nobody follows it
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Follow.Create().SetUserID(viewerID(fan)).SetStoreID(b.store.ID).Exec(ctx)
		})
		first := b.publish(b.input(1))
		for _, live := range []<-chan *coupon.Published{ofStore, ofFollowed} {
			got := next(t, live)
			require.Equal(t, first.ID, got.Coupon.ID)
			require.Equal(t, coupon.NewsNew, *got.News)
			require.False(t, got.Reset)
			require.NotEmpty(t, got.Cursor)
		}

		_, err = b.Claim(fan, coupon.ClaimInput{CouponID: first.ID})
		require.NoError(t, err)
		_, err = b.Update(testkit.As(t, b.owner), coupon.UpdateInput{ID: first.ID, Quantity: graphql.OmittableOf(ptr(2))})
		require.NoError(t, err)
		again := next(t, ofStore)
		require.Equal(t, coupon.NewsReissued, *again.News)
		require.Equal(t, 2, again.Coupon.Quantity)

		last := b.publish(b.input(1))
		next(t, ofStore)
		_, err = b.Delete(testkit.As(t, b.owner), last.ID)
		require.NoError(t, err)
		resumed, err := b.WatchPublished(fan, nil, &again.Cursor)
		require.NoError(t, err)
		missed := next(t, resumed)
		require.Nil(t, missed.Coupon, "it is gone since")
		require.Equal(t, coupon.NewsNew, *missed.News)
	})
}

// K-29, D-14: every device of the claimer hears of a claim, and nobody else.
func TestWatchClaimed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		asking := people(t, d, 2)
		var devices []<-chan *coupon.Claimed
		for range 2 {
			live, err := b.WatchClaimed(asking[0], nil)
			require.NoError(t, err)
			devices = append(devices, live)
		}
		c, other := b.publish(b.input(5)), b.publish(b.input(5))
		_, err := b.Claim(asking[1], coupon.ClaimInput{CouponID: c.ID})
		require.NoError(t, err)
		claim, err := b.Claim(asking[0], coupon.ClaimInput{CouponID: c.ID})
		require.NoError(t, err)
		var seen *coupon.Claimed
		for _, live := range devices {
			seen = next(t, live)
			require.Equal(t, claim.ID, seen.Claim.ID)
		}
		second, err := b.Claim(asking[0], coupon.ClaimInput{CouponID: other.ID})
		require.NoError(t, err)
		resumed, err := b.WatchClaimed(asking[0], &seen.Cursor)
		require.NoError(t, err)
		require.Equal(t, second.ID, next(t, resumed).Claim.ID)

		_, err = b.WatchClaimed(context.Background(), nil)
		require.ErrorIs(t, err, fault.Unauthenticated)
		_, err = b.WatchClaimed(asking[0], ptr("nonsense"))
		require.ErrorIs(t, err, fault.InvalidArgument)
	})
}

// A coupon that goes with its store, or with the account of its owner, ends the streams of its watchers.
func TestWatchersHearOfClosedStores(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		for topic, key := range map[string]string{"store.deleted": b.store.ID, "account.deleted": b.owner.ID} {
			c := b.publish(b.input(5))
			stock, err := b.WatchStock(t.Context(), c.ID)
			require.NoError(t, err)
			require.Equal(t, 5, next(t, stock).Remaining)
			testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
				return tx.Coupon.UpdateOneID(c.ID).SetDeletedAt(time.Now()).AddVersion(1).Exec(ctx)
			})
			for open := true; open; { // the service may just have begun to listen: say it until it is heard
				testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
					return b.log.Record(ctx, tx, event.New{Topic: topic, Key: key, Subject: key})
				})
				select {
				case _, open = <-stock:
				case <-time.After(200 * time.Millisecond):
				}
			}
			_, err = b.Claim(people(t, d, 1)[0], coupon.ClaimInput{CouponID: c.ID})
			require.ErrorIs(t, err, coupon.ErrNotFound)
		}
	})
}

// A stream that cannot go on says so, so that its client comes back instead of taking it for the end.
func TestBrokenStreamsSayWhy(t *testing.T) {
	t.Parallel()
	d, carrier := testkit.SQLite(t), testkit.Bus(t)
	b := stopped(t, d, carrier)
	ctx, why := fault.WatchEnd(viewer.With(t.Context(), viewer.Viewer{ID: "usr_1"}))
	broken, err := b.WatchClaimed(ctx, nil)
	require.NoError(t, err)
	require.NoError(t, why())
	require.NoError(t, d.Close())
	require.NoError(t, carrier.Append(t.Context(), coupon.TopicClaimed, bus.Message{Key: "usr_1", Payload: []byte(`{"claimId":"clm_1"}`)}))
	_, open := <-broken
	require.False(t, open)
	require.Error(t, why())
}

// Streams leave nothing behind.
func TestWatchersEnd(t *testing.T) {
	d := testkit.SQLite(t)
	b := setup(t, d)
	fan := people(t, d, 1)[0]
	c := b.publish(b.input(5))
	before := goleak.IgnoreCurrent()

	ctx, leave := context.WithCancel(fan)
	stock, err := b.WatchStock(ctx, c.ID)
	require.NoError(t, err)
	published, err := b.WatchPublished(ctx, nil, nil)
	require.NoError(t, err)
	claimed, err := b.WatchClaimed(ctx, nil)
	require.NoError(t, err)
	_, err = b.Claim(fan, coupon.ClaimInput{CouponID: c.ID}) // which nobody reads
	require.NoError(t, err)
	leave()
	requireEnd(t, stock)
	requireEnd(t, published)
	requireEnd(t, claimed)
	goleak.VerifyNone(t, before)
}

// When the bus closes, streams end.
func TestBusCloses(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	carrier := bus.NewMemory(bus.Options{})
	testkit.Run(t, carrier.Run)
	b := assemble(t, d, carrier)
	b.prepare()
	c := b.publish(b.input(5))
	stock, err := b.WatchStock(t.Context(), c.ID)
	require.NoError(t, err)
	published, err := b.WatchPublished(testkit.As(t, testkit.Person(t, d, user.RoleUSER)), nil, nil)
	require.NoError(t, err)
	carrier.Close()
	requireEnd(t, stock)
	requireEnd(t, published)
}
