package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

func TestNothingIsKeptForWhoIsGone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(5))
		for name, write := range map[string]func(ctx context.Context) error{
			"claim": func(ctx context.Context) error {
				_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
				return err
			},
			"follow": func(ctx context.Context) error {
				_, err := b.Follow(ctx, c.ID)
				return err
			},
			"create": func(ctx context.Context) error {
				_, err := b.Create(ctx, b.input(1))
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				person := testkit.Person(t, d, user.RoleADMIN)
				err := testkit.DuringDeletion(t, d, person, func() error { return write(testkit.As(t, person)) })
				require.ErrorIs(t, err, fault.Unauthenticated)
			})
		}
		b.requireStock(c.ID, 0)
		require.Zero(t, d.Read().Follow.Query().CountX(t.Context()))
		require.Equal(t, 1, d.Read().Coupon.Query().CountX(t.Context()))
	})
}

func TestOnesDepartureSpoilsNoClaimOfOthers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(50))
		person := testkit.Person(t, d, user.RoleUSER)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.User.UpdateOneID(person.ID).SetDeletedAt(time.Now()).Exec(ctx)
		})
		askers := append(people(t, d, 30), testkit.As(t, person))
		result := race(askers, func(_ int, ctx context.Context) error {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			return err
		})
		require.Equal(t, 30, result.won)
		b.requireStock(c.ID, 30)
	})
}

func TestSearchesOfWhoIsGoneAreForgotten(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		gone, other := testkit.Person(t, d, user.RoleUSER), testkit.Person(t, d, user.RoleUSER)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.User.UpdateOneID(gone.ID).SetDeletedAt(time.Now()).Exec(ctx)
		})
		words := "커피"
		_, err := b.List(testkit.As(t, gone), page.Args{}, &coupon.Filter{Search: &words}, nil)
		require.NoError(t, err)
		_, err = b.List(testkit.As(t, other), page.Args{}, &coupon.Filter{Search: &words}, nil)
		require.NoError(t, err)
		require.Eventually(t, func() bool { // they are remembered one after the other
			return d.Read().SearchHistory.Query().Where(searchhistory.UserID(other.ID)).CountX(t.Context()) == 1
		}, 20*time.Second, 10*time.Millisecond)
		require.Equal(t, 1, d.Read().SearchHistory.Query().CountX(t.Context()))
	})
}

func TestACouponDoesNotOutliveItsStore(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		admin := testkit.As(t, testkit.Person(t, d, user.RoleADMIN))
		err := testkit.During(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Store.UpdateOneID(b.store.ID).SetDeletedAt(time.Now()).Exec(ctx)
		}, func() error {
			_, err := b.Create(admin, b.input(1))
			return err
		})
		require.ErrorIs(t, err, errStoreNotFound)
		require.Zero(t, d.Read().Coupon.Query().CountX(t.Context()))
	})
}
