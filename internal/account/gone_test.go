package account_test

import (
	"context"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entcoupon "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestNothingIsKeptForWhoIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		admin := testkit.As(t, testkit.Person(t, b.db, user.RoleADMIN))
		for name, act := range map[string]struct {
			write func(t *testing.T, s *account.Session) error
			want  *fault.Error
		}{
			"profile": {func(t *testing.T, s *account.Session) error {
				name := "다른 이름"
				_, err := b.UpdateProfile(b.as(t, s), account.UpdateProfileInput{Name: graphql.OmittableOf(&name)})
				return err
			}, fault.Unauthenticated},
			"refresh": {func(t *testing.T, s *account.Session) error {
				_, err := b.refresh(t.Context(), s.RefreshToken)
				return err
			}, account.ErrRefreshTokenInvalid},
			"role": {func(_ *testing.T, s *account.Session) error {
				_, err := b.SetUserRole(admin, account.SetUserRoleInput{UserID: s.User.ID, Role: user.RoleOWNER})
				return err
			}, account.ErrNotFound},
		} {
			t.Run(name, func(t *testing.T) {
				s := b.signUp(t, name+"@moa.example", user.RoleUSER)
				err := testkit.DuringDeletion(t, b.db, s.User, func() error { return act.write(t, s) })
				require.ErrorIs(t, err, act.want)
				left := b.db.Read().User.GetX(t.Context(), s.User.ID)
				require.Equal(t, s.User.Name, left.Name)
				require.Equal(t, s.User.Role, left.Role)
			})
		}
	})
}

// An operator may publish a coupon in a store whose owner is leaving.
func TestDeleteAccountTakesCouponsThatAreJustPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "owner@moa.example", user.RoleOWNER)
		shop := openStore(t, b, s.User)
		err := testkit.During(t, b.db, func(ctx context.Context, tx *db.Tx) error {
			query := tx.Store.Query().Where(store.ID(shop.ID))
			if tx.Dialect() == dialect.Postgres {
				query.ForShare()
			}
			if _, err := query.Only(ctx); err != nil {
				return err
			}
			now := time.Now()
			return tx.Coupon.Create().SetStoreID(shop.ID).SetTitle("커피").SetSearchText("커피").SetQuantity(1).
				SetDiscountKind(entcoupon.DiscountKindAMOUNT).SetDiscountValue(1).
				SetStartsAt(now).SetEndsAt(now).SetExpiresAt(now).Exec(ctx)
		}, func() error {
			_, err := b.DeleteAccount(b.as(t, s), account.DeleteAccountInput{Password: goodPassword})
			return err
		})
		require.NoError(t, err)
		require.Zero(t, b.db.Read().Coupon.Query().Where(entcoupon.DeletedAtIsNil()).CountX(t.Context()))
	})
}

func openStore(t *testing.T, b *bench, owner *ent.User) (made *ent.Store) {
	t.Helper()
	testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) (err error) {
		made, err = tx.Store.Create().SetOwnerID(owner.ID).SetName("가게").SetCategory("카페").SetSearchText("가게").Save(ctx)
		return err
	})
	return made
}
