package coupon_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// K-24, K-25: the code is the holder's, the till is the owner's, and it works once.
func TestRedeem(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		owner := testkit.As(t, b.owner)
		stranger := testkit.As(t, testkit.Person(t, d, user.RoleOWNER))
		holder := people(t, d, 1)[0]
		claim, err := b.Claim(holder, coupon.ClaimInput{CouponID: b.publish(b.input(1)).ID})
		require.NoError(t, err)

		code := b.Code(holder, claim)
		require.NotNil(t, code)
		require.Nil(t, b.Code(owner, claim))
		require.Nil(t, b.Code(context.Background(), claim))

		_, err = b.Redeem(stranger, *code)
		require.ErrorIs(t, err, coupon.ErrCodeInvalid)
		_, err = b.Redeem(holder, *code)
		require.ErrorIs(t, err, coupon.ErrCodeInvalid, "not even the holder")
		_, err = b.Redeem(owner, "0000")
		require.ErrorIs(t, err, coupon.ErrCodeInvalid)

		typed := strings.ToLower(" " + (*code)[:4] + "-" + (*code)[4:])
		used, err := b.Redeem(owner, strings.NewReplacer("0", "o", "1", "l").Replace(typed))
		require.NoError(t, err)
		require.Equal(t, couponclaim.StatusUSED, used.Status)
		require.NotNil(t, used.RedeemedAt)
		require.Nil(t, b.Code(holder, used))
		require.Equal(t, 1, b.events(coupon.TopicRedeemed, claim.CouponID))

		_, err = b.Redeem(owner, *code)
		require.ErrorIs(t, err, coupon.ErrAlreadyRedeemed)
	})
}

func TestRedeemExpiredAndRevoked(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		owner := testkit.As(t, b.owner)
		c := b.publish(b.input(2))
		var claims []*ent.CouponClaim
		for _, holder := range people(t, d, 2) {
			claim, err := b.Claim(holder, coupon.ClaimInput{CouponID: c.ID})
			require.NoError(t, err)
			claims = append(claims, claim)
		}
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.CouponClaim.UpdateOneID(claims[1].ID).SetStatus(couponclaim.StatusREVOKED).Exec(ctx)
		})
		_, err := b.Redeem(owner, claims[1].Code)
		require.ErrorIs(t, err, coupon.ErrClaimRevoked)

		b.clock.moveTo(c.ExpiresAt.Add(time.Second))
		_, err = b.Redeem(owner, claims[0].Code)
		require.ErrorIs(t, err, coupon.ErrClaimExpired)
		require.Zero(t, b.events(coupon.TopicRedeemed, c.ID))
	})
}

// Of many tills at once one wins.
func TestRedeemRace(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		claim, err := b.Claim(people(t, d, 1)[0], coupon.ClaimInput{CouponID: b.publish(b.input(1)).ID})
		require.NoError(t, err)
		tills := make([]context.Context, 20)
		for i := range tills {
			tills[i] = testkit.As(t, b.owner)
		}
		result := race(tills, func(_ int, ctx context.Context) error {
			_, err := b.Redeem(ctx, claim.Code)
			return err
		})
		require.Equal(t, 1, result.won)
		require.Equal(t, map[string]int{"COUPON_ALREADY_REDEEMED at [code]": 19}, result.refused)
		require.Equal(t, 1, b.events(coupon.TopicRedeemed, claim.CouponID))
	})
}

// A claim is seen by its holder, the owner of the store and an admin.
func TestClaimByID(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		asking := people(t, d, 2)
		claim, err := b.Claim(asking[0], coupon.ClaimInput{CouponID: b.publish(b.input(1)).ID})
		require.NoError(t, err)
		for name, who := range map[string]context.Context{
			"holder": asking[0], "owner": testkit.As(t, b.owner), "admin": testkit.As(t, testkit.Person(t, d, user.RoleADMIN)),
		} {
			seen, err := b.ClaimByID(who, claim.ID)
			require.NoError(t, err, name)
			require.Equal(t, claim.ID, seen.ID)
			require.True(t, claim.ClaimedAt.Equal(seen.ClaimedAt), "the answer is what the row holds")
			require.Equal(t, claim.Code, seen.Code)
		}
		for name, who := range map[string]context.Context{"somebody": asking[1], "guest": context.Background()} {
			_, err := b.ClaimByID(who, claim.ID)
			require.ErrorIs(t, err, coupon.ErrNotFound, name)
		}
	})
}
