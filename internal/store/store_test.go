package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/page"
	stores "github.com/moa-bff/moa/internal/store"
	"github.com/moa-bff/moa/test/testkit"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		input := stores.CreateInput{
			Name: "  모아   카페\n", Category: "카페", Description: ptr(" 첫 줄\n둘째 줄 "), Address: ptr(" "),
			Location: &stores.Location{Latitude: 37.5, Longitude: 127}, IdempotencyKey: ptr("k1"),
		}
		made, err := b.Create(b.owner, input)
		require.NoError(t, err)
		require.Equal(t, "모아 카페", made.Name)
		require.Equal(t, "첫 줄\n둘째 줄", *made.Description)
		require.Nil(t, made.Address)
		require.Equal(t, &stores.Location{Latitude: 37.5, Longitude: 127}, stores.LocationOf(made))
		require.InDelta(t, 11_119, *stores.DistanceFrom(made, stores.Location{Latitude: 37.6, Longitude: 127}), 1)
		require.Equal(t, []string{stores.TopicCreated}, b.topics(t, made.ID))

		again, err := b.Create(b.owner, input)
		require.NoError(t, err)
		require.Equal(t, made.ID, again.ID, "a retry finds the first outcome")
		input.Category = "식당"
		_, err = b.Create(b.owner, input)
		require.ErrorIs(t, err, idempotency.ErrKeyReused)
		input.IdempotencyKey = nil
		_, err = b.Create(b.owner, input)
		require.ErrorIs(t, err, stores.ErrNameTaken)
		require.Equal(t, []string{"name"}, fault.From(err).Field)

		_, err = b.Create(b.user, input)
		require.ErrorIs(t, err, fault.Forbidden)
		_, err = b.Create(t.Context(), input)
		require.ErrorIs(t, err, fault.Unauthenticated)
		admin := testkit.As(t, testkit.Person(t, d, user.RoleADMIN))
		_, err = b.Create(admin, input)
		require.NoError(t, err, "names are unique for each owner only")
	})
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	long := func(n int) string { return strings.Repeat("가", n) }
	_, err := b.Create(b.owner, stores.CreateInput{
		Name: " ", Category: long(41), Description: ptr(long(2001)), Address: ptr(long(201)),
		Location: &stores.Location{Latitude: 90.1}, IdempotencyKey: ptr(""),
	})
	var codes []string
	for _, f := range fault.BusinessOf(err) {
		codes = append(codes, string(f.Code)+" "+strings.Join(f.Field, "."))
	}
	require.Equal(t, []string{
		"STORE_NAME_INVALID name", "STORE_CATEGORY_INVALID category", "STORE_DESCRIPTION_INVALID description",
		"STORE_ADDRESS_INVALID address", "STORE_LOCATION_INVALID location", "IDEMPOTENCY_KEY_INVALID idempotencyKey",
	}, codes)
	_, err = b.Create(b.owner, stores.CreateInput{Name: long(100), Category: long(40), Description: ptr(long(2000)), Address: ptr(long(200))})
	require.NoError(t, err, "letters are counted, not bytes")
	made := b.add(t, "이름", nil)
	_, err = b.Update(b.owner, stores.UpdateInput{ID: made.ID, Name: graphql.OmittableOf[*string](nil), Category: graphql.OmittableOf(ptr(""))})
	require.Len(t, fault.BusinessOf(err), 2)
}

func TestANameIsTakenOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		var group sync.WaitGroup
		made, taken := make(chan struct{}, 8), make(chan struct{}, 8)
		for range 8 {
			group.Go(func() {
				_, err := b.Create(b.owner, stores.CreateInput{Name: "하나", Category: "식당"})
				switch {
				case err == nil:
					made <- struct{}{}
				case errors.Is(err, stores.ErrNameTaken):
					taken <- struct{}{}
				}
			})
		}
		group.Wait()
		require.Len(t, made, 1)
		require.Len(t, taken, 7)
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		made, err := b.Create(b.owner, stores.CreateInput{
			Name: "처음", Category: "식당", Description: ptr("설명"), Address: ptr("서울"), Location: &stores.Location{Latitude: 1, Longitude: 2},
		})
		require.NoError(t, err)
		changed, err := b.Update(b.owner, stores.UpdateInput{ID: made.ID, Name: graphql.OmittableOf(ptr("나중"))})
		require.NoError(t, err)
		require.Equal(t, "나중", changed.Name)
		require.Equal(t, "설명", *changed.Description, "what is left out stays")
		require.NotNil(t, stores.LocationOf(changed))
		require.Empty(t, b.names(t, &stores.Filter{Search: ptr("처음")}, nil))
		require.Equal(t, []string{"나중"}, b.names(t, &stores.Filter{Search: ptr("나중 서울 설명")}, nil))

		changed, err = b.Update(b.owner, stores.UpdateInput{
			ID: made.ID, Description: graphql.OmittableOf[*string](nil), Address: graphql.OmittableOf(ptr("부산")),
			Location: graphql.OmittableOf[*stores.Location](nil),
		})
		require.NoError(t, err)
		require.Nil(t, changed.Description)
		require.Equal(t, "부산", *changed.Address)
		require.Nil(t, stores.LocationOf(changed))
		require.Nil(t, stores.DistanceFrom(changed, stores.Location{}))
		require.Equal(t, []string{stores.TopicUpdated, stores.TopicUpdated, stores.TopicCreated}, b.topics(t, made.ID))

		b.add(t, "다른", nil)
		_, err = b.Update(b.owner, stores.UpdateInput{ID: made.ID, Name: graphql.OmittableOf(ptr("다른"))})
		require.ErrorIs(t, err, stores.ErrNameTaken)
		_, err = b.Update(b.user, stores.UpdateInput{ID: made.ID})
		require.ErrorIs(t, err, stores.ErrNotOwner)
		_, err = b.Update(b.owner, stores.UpdateInput{ID: "sto_none"})
		require.ErrorIs(t, err, stores.ErrNotFound)
		admin := testkit.As(t, testkit.Person(t, d, user.RoleADMIN))
		_, err = b.Update(admin, stores.UpdateInput{ID: made.ID, Category: graphql.OmittableOf(ptr("카페"))})
		require.NoError(t, err)
	})
}

func TestDeleteTakesTheCouponsAlong(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		made := b.add(t, "닫을집", nil)
		now := time.Now()
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Coupon.Create().SetStoreID(made.ID).SetTitle("쿠폰").SetSearchText("쿠폰").
				SetDiscountKind(coupon.DiscountKindAMOUNT).SetDiscountValue(1).SetQuantity(1).
				SetStartsAt(now).SetEndsAt(now).SetExpiresAt(now).Exec(ctx)
		})
		_, err := b.Delete(b.user, made.ID)
		require.ErrorIs(t, err, stores.ErrNotOwner)
		deleted, err := b.Delete(b.owner, made.ID)
		require.NoError(t, err)
		require.NotNil(t, deleted.DeletedAt)
		row := d.Read().Coupon.Query().OnlyX(t.Context())
		require.NotNil(t, row.DeletedAt)
		require.EqualValues(t, 2, row.Version)
		require.Equal(t, []string{stores.TopicDeleted, stores.TopicCreated}, b.topics(t, made.ID))

		_, err = b.Get(t.Context(), made.ID)
		require.ErrorIs(t, err, stores.ErrNotFound)
		_, err = b.Delete(b.owner, made.ID)
		require.ErrorIs(t, err, stores.ErrNotFound)
		byID, err := b.ByIDs(t.Context(), []string{made.ID})
		require.NoError(t, err)
		require.Contains(t, byID, made.ID, "a claim still names its store")
		require.Empty(t, b.names(t, nil, nil))
		b.add(t, "닫을집", nil) // the name is free again
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		seoul := func(lat float64) *stores.Location { return &stores.Location{Latitude: lat, Longitude: 127} }
		for _, s := range []struct {
			name  string
			place *stores.Location
		}{{"가식당", seoul(37.50)}, {"다식당", seoul(37.51)}, {"나식당", seoul(37.50)}, {"라식당", seoul(37.50)}, {"먼식당", seoul(38)}, {"모를식당", nil}} {
			b.add(t, s.name, s.place)
		}
		newest := []string{"모를식당", "먼식당", "라식당", "나식당", "다식당", "가식당"}
		require.Equal(t, newest, b.names(t, nil, nil))
		require.Equal(t, newest, b.names(t, &stores.Filter{Search: ptr("식당")}, nil))
		require.Equal(t, newest, b.names(t, &stores.Filter{Search: ptr("식당"), OwnerID: &b.ownerID, Category: ptr("식당")}, nil))
		require.Empty(t, b.names(t, &stores.Filter{OwnerID: &b.userID}, nil))
		require.Equal(t, []string{"가식당", "나식당", "다식당", "라식당", "먼식당", "모를식당"},
			b.names(t, nil, &stores.Order{Field: stores.OrderByName, Direction: page.Ascending}))
		require.Equal(t, []string{"가식당", "다식당", "나식당", "라식당", "먼식당", "모를식당"},
			b.names(t, &stores.Filter{Search: ptr("식당")}, &stores.Order{Field: stores.OrderByCreatedAt, Direction: page.Ascending}))

		near := &stores.Near{Latitude: 37.5, Longitude: 127.001, RadiusMeters: 2000}
		require.Equal(t, []string{"가식당", "나식당", "라식당", "다식당"}, b.names(t, &stores.Filter{Near: near}, nil),
			"nearest first; stores at one place are neither lost nor repeated")
		require.Equal(t, []string{"가식당", "나식당", "다식당", "라식당"}, b.names(t, &stores.Filter{Near: near, Search: ptr("식당")},
			&stores.Order{Field: stores.OrderByName, Direction: page.Ascending}))
		last := 2
		end, err := b.List(t.Context(), page.Args{Last: &last}, &stores.Filter{Search: ptr("식당")}, nil)
		require.NoError(t, err)
		require.Equal(t, "가식당", end.Edges[1].Node.Name)
		require.True(t, end.PageInfo.HasPreviousPage)
	})
}

func TestListArguments(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	for name, c := range map[string]struct {
		filter stores.Filter
		order  *stores.Order
	}{
		"one letter":            {stores.Filter{Search: ptr("가")}, nil},
		"radius too small":      {stores.Filter{Near: &stores.Near{RadiusMeters: 0}}, nil},
		"radius too large":      {stores.Filter{Near: &stores.Near{RadiusMeters: 50_001}}, nil},
		"no such place":         {stores.Filter{Near: &stores.Near{Latitude: 91, RadiusMeters: 1}}, nil},
		"distance from nowhere": {stores.Filter{}, &stores.Order{Field: stores.OrderByDistance}},
	} {
		_, err := b.List(t.Context(), page.Args{}, &c.filter, c.order)
		require.ErrorIs(t, err, fault.InvalidArgument, name)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		first, second := b.add(t, "첫집", nil), b.add(t, "둘째집", nil)
		for range 2 {
			followed, err := b.Follow(b.user, first.ID)
			require.NoError(t, err)
			require.Equal(t, first.ID, followed.ID)
		}
		_, err := b.Follow(b.user, second.ID)
		require.NoError(t, err)
		_, err = b.Follow(b.owner, first.ID)
		require.NoError(t, err)
		ids := []string{first.ID, second.ID}
		count, err := b.FollowerCounts(t.Context(), ids)
		require.NoError(t, err)
		require.Equal(t, map[string]int{first.ID: 2, second.ID: 1}, count)
		mine, err := b.FollowedByViewer(b.owner, ids)
		require.NoError(t, err)
		require.Equal(t, map[string]bool{first.ID: true}, mine)
		guests, err := b.FollowedByViewer(t.Context(), ids)
		require.NoError(t, err)
		require.Empty(t, guests)

		list, err := b.FollowsOf(b.user, b.userID, page.Args{})
		require.NoError(t, err)
		require.Len(t, list.Edges, 2)
		require.Equal(t, second.ID, *list.Edges[0].Node.StoreID)
		_, err = b.FollowsOf(b.owner, b.userID, page.Args{})
		require.ErrorIs(t, err, fault.Forbidden)
		found, err := b.FollowByID(b.user, list.Edges[0].Node.ID)
		require.NoError(t, err)
		require.Equal(t, second.ID, *found.StoreID)
		_, err = b.FollowByID(b.owner, found.ID)
		require.ErrorIs(t, err, stores.ErrNotFound, "follows are private")

		for range 2 {
			_, err = b.Unfollow(b.user, first.ID)
			require.NoError(t, err)
		}
		_, err = b.Delete(b.owner, second.ID)
		require.NoError(t, err)
		list, err = b.FollowsOf(b.user, b.userID, page.Args{})
		require.NoError(t, err)
		require.Empty(t, list.Edges, "what is deleted is left out")
		_, err = b.Follow(b.user, second.ID)
		require.ErrorIs(t, err, stores.ErrNotFound)
		_, err = b.Follow(t.Context(), first.ID)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}
