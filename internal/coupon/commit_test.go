package coupon_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// The same key returns the first outcome, whatever has happened since.
func TestClaimOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		asking := people(t, d, 2)
		c, other := b.publish(b.input(1)), b.publish(b.input(1))
		input := coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: ptr("my key")}

		first, err := b.Claim(asking[0], input)
		require.NoError(t, err)
		again, err := b.Claim(asking[0], input)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, first.Code, again.Code)

		_, err = b.Claim(asking[0], coupon.ClaimInput{CouponID: other.ID, IdempotencyKey: input.IdempotencyKey})
		require.ErrorIs(t, err, idempotency.ErrKeyReused)
		_, err = b.Claim(asking[0], coupon.ClaimInput{CouponID: other.ID, IdempotencyKey: ptr("another key")})
		require.NoError(t, err)

		_, err = b.Claim(asking[1], input)
		require.ErrorIs(t, err, coupon.ErrSoldOut, "keys of different users never meet")
		_, err = b.Claim(asking[1], coupon.ClaimInput{CouponID: other.ID, IdempotencyKey: input.IdempotencyKey})
		require.ErrorIs(t, err, idempotency.ErrKeyReused, "a refusal is an outcome too")

		for _, bad := range []string{"", string(make([]byte, 256))} {
			_, err = b.Claim(asking[0], coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: &bad})
			require.ErrorIs(t, err, idempotency.ErrKeyInvalid)
		}
		_, err = b.Claim(context.Background(), input)
		require.ErrorIs(t, err, fault.Unauthenticated)
		_, err = b.Claim(asking[0], coupon.ClaimInput{CouponID: "cpn_missing"})
		require.ErrorIs(t, err, coupon.ErrNotFound)
		b.requireStock(c.ID, 1)
		b.requireStock(other.ID, 1)
	})
}

// A refusal is repeated for its key also when the rules would say yes by now.
func TestRefusalIsRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	ctx := people(t, b.db, 1)[0]
	upcoming := b.input(1)
	upcoming.StartsAt = b.clock.in(upcoming.EndsAt.Sub(b.Now()) / 2)
	c := b.publish(upcoming)
	keyed := coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: ptr("early")}
	_, err := b.Claim(ctx, keyed)
	require.ErrorIs(t, err, coupon.ErrNotStarted)

	b.clock.moveTo(c.StartsAt)
	_, err = b.Claim(ctx, keyed)
	require.ErrorIs(t, err, coupon.ErrNotStarted)
	_, err = b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: ptr("in time")})
	require.NoError(t, err)
}

// One request that the rows reject does not spoil the others of its batch.
func TestPoisonedBatch(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		var largest atomic.Int64
		b := setup(t, d, func(deps *coupon.Deps) {
			deps.OnBatch = func(size int) { largest.Store(max(largest.Load(), int64(size))) }
		})
		c := b.publish(b.input(1000))
		asking := people(t, d, 204)
		poisoned := make([]string, 0, 4)
		for _, ctx := range asking[200:] {
			poisoned = append(poisoned, "'"+viewer.From(ctx).ID+"'")
		}
		reject(t, d, strings.Join(poisoned, ", "))
		var poison atomic.Int64
		result := race(asking, func(i int, ctx context.Context) error {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			if i >= 200 {
				require.Equal(t, fault.CodeInternal, fault.From(err).Code)
				poison.Add(1)
				return nil
			}
			return err
		})
		require.Empty(t, result.refused)
		require.EqualValues(t, 4, poison.Load())
		require.Greater(t, largest.Load(), int64(1), "claims must have shared transactions")
		b.requireStock(c.ID, 200)
	})
}

// reject makes the database refuse the claims of some users, which nobody can foresee.
func reject(t *testing.T, d *db.DB, users string) {
	t.Helper()
	statements := []string{`CREATE TRIGGER reject BEFORE INSERT ON coupon_claims WHEN NEW.user_id IN (` + users + `) BEGIN SELECT RAISE(ABORT, 'rejected'); END`}
	if d.IsPostgres() {
		statements = []string{
			`CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'rejected'; END $$`,
			`CREATE TRIGGER reject BEFORE INSERT ON coupon_claims FOR EACH ROW WHEN (NEW.user_id IN (` + users + `)) EXECUTE FUNCTION reject()`,
		}
	}
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// Who has left before the decision claims nothing.
func TestAbandonedClaim(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	c := b.publish(b.input(10))
	asking := people(t, b.db, 2)
	gone, leave := context.WithCancel(asking[0])
	leave()
	_, err := b.Claim(gone, coupon.ClaimInput{CouponID: c.ID})
	require.ErrorIs(t, err, context.Canceled)
	_, err = b.Claim(asking[1], coupon.ClaimInput{CouponID: c.ID}) // decided after the first
	require.NoError(t, err)
	b.requireStock(c.ID, 1)
}

// At the end of the process everyone gets an answer, and only what was answered is claimed.
func TestShutdown(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		b := setup(t, d)
		c := b.publish(b.input(1000))
		second := stopped(t, d, carrier)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- second.Run(ctx) }()

		var once sync.Once
		result := race(people(t, d, 300), func(_ int, ctx context.Context) error {
			_, err := second.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			once.Do(stop)
			if errors.Is(err, fault.Unavailable) {
				require.Positive(t, fault.From(err).RetryAfter)
				return fault.Unavailable
			}
			return err
		})
		require.NoError(t, <-ended)
		for refusal := range result.refused {
			require.Equal(t, "UNAVAILABLE", refusal)
		}
		require.Positive(t, result.won)
		b.requireStock(c.ID, result.won)
		_, err := second.Claim(people(t, d, 1)[0], coupon.ClaimInput{CouponID: c.ID})
		require.ErrorIs(t, err, fault.Unavailable)
	})
}

// Rows that refer to a coupon, such as the nightly counts, hold up no claims while they are written.
func TestClaimBesideReferences(t *testing.T) {
	t.Parallel()
	d := testkit.Postgres(t)
	b := setup(t, d)
	c := b.publish(b.input(1))
	asking := people(t, d, 2)
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Follow.Create().SetUserID(viewerID(asking[0])).SetCouponID(c.ID).Exec(ctx); err != nil {
			return err
		}
		patient, cancel := context.WithTimeout(asking[1], 5*time.Second)
		defer cancel()
		_, err := b.Claim(patient, coupon.ClaimInput{CouponID: c.ID}) // in a transaction of its own
		return err
	})
	b.requireStock(c.ID, 1)
}
