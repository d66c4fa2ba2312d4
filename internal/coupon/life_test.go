package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

// One coupon from its publication to its expiry, by the clock.
func TestLife(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		owner := testkit.As(t, b.owner)
		asking := people(t, d, 4)
		input := b.input(2)
		input.StartsAt, input.EndsAt, input.ExpiresAt = b.clock.in(time.Hour), b.clock.in(2*time.Hour), b.clock.in(3*time.Hour)
		c := b.publish(input)
		claim := func(i int) error {
			_, err := b.Claim(asking[i], coupon.ClaimInput{CouponID: c.ID})
			return err
		}
		requireStatus := func(want coupon.Status) {
			t.Helper()
			row, err := b.Get(t.Context(), c.ID)
			require.NoError(t, err)
			require.Equal(t, want, coupon.StatusAt(row, b.Now()))
		}

		requireStatus(coupon.StatusUpcoming)
		require.ErrorIs(t, claim(0), coupon.ErrNotStarted)

		b.clock.moveTo(c.StartsAt.Add(time.Second))
		requireStatus(coupon.StatusActive)
		require.NoError(t, claim(0))
		require.ErrorIs(t, claim(0), coupon.ErrAlreadyClaimed)

		_, err := b.Update(owner, coupon.UpdateInput{ID: c.ID, Paused: graphql.OmittableOf(ptr(true))})
		require.NoError(t, err)
		requireStatus(coupon.StatusPaused)
		require.ErrorIs(t, claim(1), coupon.ErrPaused)
		_, err = b.Update(owner, coupon.UpdateInput{ID: c.ID, Paused: graphql.OmittableOf(ptr(false))})
		require.NoError(t, err)
		require.NoError(t, claim(1))

		requireStatus(coupon.StatusSoldOut)
		require.ErrorIs(t, claim(2), coupon.ErrSoldOut)
		require.ErrorIs(t, claim(0), coupon.ErrSoldOut, "the stock comes before the user's own claim")

		_, err = b.Update(owner, coupon.UpdateInput{ID: c.ID, Quantity: graphql.OmittableOf(ptr(3))})
		require.NoError(t, err)
		requireStatus(coupon.StatusActive)
		require.Equal(t, 1, b.events(coupon.TopicReissued, c.ID))
		require.Equal(t, 2, b.events(coupon.TopicPublished, c.ID), "new, and re-issued")

		b.clock.moveTo(c.EndsAt.Add(time.Second))
		requireStatus(coupon.StatusEnded)
		require.ErrorIs(t, claim(2), coupon.ErrEnded)

		later := b.clock.in(time.Hour)
		_, err = b.Update(owner, coupon.UpdateInput{
			ID: c.ID, EndsAt: graphql.OmittableOf(&later), ExpiresAt: graphql.OmittableOf(ptr(later.Add(time.Hour))),
		})
		require.NoError(t, err)
		require.NoError(t, claim(2))
		require.Equal(t, 2, b.events(coupon.TopicReissued, c.ID))
		b.requireStock(c.ID, 3)

		// The first claim keeps the expiry that it was given; the last one has the new one.
		b.clock.moveTo(c.ExpiresAt.Add(time.Second))
		requireClaims(t, b, asking[0], couponclaim.StatusEXPIRED, 1)
		requireClaims(t, b, asking[0], couponclaim.StatusUNUSED, 0)
		requireClaims(t, b, asking[2], couponclaim.StatusUNUSED, 1)
		mine, err := b.ViewerClaims(asking[0], []string{c.ID})
		require.NoError(t, err)
		require.Nil(t, b.Code(asking[0], mine[c.ID]), "an expired claim shows no code")

		_, err = b.Delete(owner, c.ID)
		require.NoError(t, err)
		_, err = b.Get(t.Context(), c.ID)
		require.ErrorIs(t, err, coupon.ErrNotFound)
		require.ErrorIs(t, claim(3), coupon.ErrNotFound)
		known, err := b.ByIDs(t.Context(), []string{c.ID})
		require.NoError(t, err)
		require.Contains(t, known, c.ID, "claims still show their coupon")
	})
}

// requireClaims checks how many claims of the viewer stand so now.
func requireClaims(t *testing.T, b *bundle, ctx context.Context, status couponclaim.Status, want int) {
	t.Helper()
	list, err := b.ClaimsOf(ctx, viewerID(ctx), page.Args{}, &status)
	require.NoError(t, err)
	require.Len(t, list.Edges, want)
	for _, e := range list.Edges {
		require.Equal(t, status, coupon.ClaimStatusAt(e.Node, b.Now()))
	}
}

// The owner decides about an own coupon, an admin about any, and nobody else.
func TestPermissions(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(1))
		stranger := testkit.As(t, testkit.Person(t, d, user.RoleOWNER))
		admin := testkit.As(t, testkit.Person(t, d, user.RoleADMIN))
		title := coupon.UpdateInput{ID: c.ID, Title: graphql.OmittableOf(ptr("라떼"))}

		_, err := b.Create(stranger, b.input(1))
		require.ErrorIs(t, err, errStoreNotOwner)
		_, err = b.Update(stranger, title)
		require.ErrorIs(t, err, coupon.ErrNotOwner)
		_, err = b.Delete(stranger, c.ID)
		require.ErrorIs(t, err, coupon.ErrNotOwner)

		missing := b.input(1)
		missing.StoreID = "sto_missing"
		_, err = b.Create(stranger, missing)
		require.ErrorIs(t, err, errStoreNotFound)
		_, err = b.Update(stranger, coupon.UpdateInput{ID: "cpn_missing"})
		require.ErrorIs(t, err, coupon.ErrNotFound)

		changed, err := b.Update(admin, title)
		require.NoError(t, err)
		require.Equal(t, "라떼", changed.Title)
		require.Equal(t, c.Version+1, changed.Version)
		_, err = b.Delete(admin, c.ID)
		require.NoError(t, err)
	})
}
