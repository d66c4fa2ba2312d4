package coupon_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entcoupon "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

// K-15, K-16: filters, orders and pages.
func TestList(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		crowd := people(t, d, 5)
		publish := func(title string, claims int, change func(in *coupon.CreateInput)) *ent.Coupon {
			input := b.input(5)
			input.Title = title
			if change != nil {
				change(&input)
			}
			c := b.publish(input)
			for _, ctx := range crowd[:claims] {
				_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
				require.NoError(t, err)
			}
			return c
		}
		active := publish("딸기 케이크", 2, nil)
		upcoming := publish("딸기 우유", 0, func(in *coupon.CreateInput) { in.StartsAt = b.clock.in(30 * time.Minute) })
		soldOut := publish("케이크", 5, nil)
		paused := publish("커피", 1, nil)
		_, err := b.Update(testkit.As(t, b.owner), coupon.UpdateInput{ID: paused.ID, Paused: graphql.OmittableOf(ptr(true))})
		require.NoError(t, err)
		percent := publish("반값", 0, func(in *coupon.CreateInput) {
			in.Discount = coupon.Discount{Kind: entcoupon.DiscountKindPERCENT, Value: 50}
		})
		ended := publish("어제", 0, func(in *coupon.CreateInput) { in.EndsAt = b.clock.in(20 * time.Minute) })
		gone := publish("없음", 0, nil)
		_, err = b.Delete(testkit.As(t, b.owner), gone.ID)
		require.NoError(t, err)
		b.clock.forward(25 * time.Minute)

		status := func(s coupon.Status) *coupon.Filter { return &coupon.Filter{Status: &s} }
		popular := &coupon.Order{Field: coupon.OrderByPopularity, Direction: page.Descending}
		cases := map[string]struct {
			filter *coupon.Filter
			order  *coupon.Order
			want   []*ent.Coupon
		}{
			"newest first":  {nil, nil, []*ent.Coupon{ended, percent, paused, soldOut, upcoming, active}},
			"oldest first":  {nil, &coupon.Order{Field: coupon.OrderByCreatedAt, Direction: page.Ascending}, []*ent.Coupon{active, upcoming, soldOut, paused, percent, ended}},
			"popular":       {nil, popular, []*ent.Coupon{soldOut, active, paused, ended, percent, upcoming}},
			"active":        {status(coupon.StatusActive), nil, []*ent.Coupon{percent, active}},
			"upcoming":      {status(coupon.StatusUpcoming), nil, []*ent.Coupon{upcoming}},
			"sold out":      {status(coupon.StatusSoldOut), nil, []*ent.Coupon{soldOut}},
			"paused":        {status(coupon.StatusPaused), nil, []*ent.Coupon{paused}},
			"ended":         {status(coupon.StatusEnded), nil, []*ent.Coupon{ended}},
			"words":         {&coupon.Filter{Search: ptr("케이크")}, nil, []*ent.Coupon{soldOut, active}},
			"all the words": {&coupon.Filter{Search: ptr("케이 딸기")}, nil, []*ent.Coupon{active}},
			"per cent":      {&coupon.Filter{DiscountKind: ptr(entcoupon.DiscountKindPERCENT)}, nil, []*ent.Coupon{percent}},
			"another store": {&coupon.Filter{StoreID: ptr("sto_other")}, nil, nil},
		}
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				for _, row := range requireList(t, b, test.filter, test.order, test.want) {
					if test.filter != nil && test.filter.Status != nil {
						require.Equal(t, *test.filter.Status, coupon.StatusAt(row, b.Now()))
					}
				}
			})
		}
		_, err = b.List(t.Context(), page.Args{First: ptr(1), Last: ptr(1)}, nil, nil)
		require.ErrorIs(t, err, fault.InvalidArgument)
	})
}

// requireList checks a list in one page and in pages of two, forwards and backwards.
func requireList(t *testing.T, b *bundle, filter *coupon.Filter, order *coupon.Order, want []*ent.Coupon) []*ent.Coupon {
	t.Helper()
	whole, err := b.List(t.Context(), page.Args{}, filter, order)
	require.NoError(t, err)
	require.Equal(t, idsOf(want), idsOf(whole.Nodes()))

	var forwards []*ent.Coupon
	for args := (page.Args{First: ptr(2)}); ; {
		part, err := b.List(t.Context(), args, filter, order)
		require.NoError(t, err)
		forwards = append(forwards, part.Nodes()...)
		if !part.PageInfo.HasNextPage {
			break
		}
		args.After = part.PageInfo.EndCursor
	}
	require.Equal(t, idsOf(want), idsOf(forwards))

	var backwards []*ent.Coupon
	for args := (page.Args{Last: ptr(2)}); ; {
		part, err := b.List(t.Context(), args, filter, order)
		require.NoError(t, err)
		backwards = append(part.Nodes(), backwards...)
		if !part.PageInfo.HasPreviousPage {
			break
		}
		args.Before = part.PageInfo.StartCursor
	}
	require.Equal(t, idsOf(want), idsOf(backwards))
	return whole.Nodes()
}

// The pages of many stores come with one statement, and are those of each store alone.
func TestPagesByStore(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		crowd := people(t, d, 4)
		ids := []string{"sto_missing"}
		for i := range 3 {
			store := b.newStore(b.owner, "카페")
			ids = append(ids, store.ID)
			for j := range i * 2 { // 0, 2 and 4 coupons
				input := b.input(10)
				input.StoreID = store.ID
				c := b.publish(input)
				for _, ctx := range crowd[:j%3] {
					_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
					require.NoError(t, err)
				}
			}
		}
		active := coupon.StatusActive
		for name, order := range map[string]*coupon.Order{
			"newest":   nil,
			"popular":  {Field: coupon.OrderByPopularity, Direction: page.Descending},
			"earliest": {Field: coupon.OrderByStartsAt, Direction: page.Ascending},
		} {
			for kind, args := range map[string]page.Args{"first": {First: ptr(3)}, "last": {Last: ptr(1)}, "none": {First: ptr(0)}} {
				t.Run(name+" "+kind, func(t *testing.T) {
					ctx, counter := db.WithCounter(context.Background())
					pages, err := b.PagesByStore(ctx, ids, args, &coupon.Filter{Status: &active}, order)
					require.NoError(t, err)
					require.Equal(t, 1, counter.Count())
					require.Len(t, pages, len(ids))
					for _, id := range ids {
						alone, err := b.List(t.Context(), args, &coupon.Filter{Status: &active, StoreID: &id}, order)
						require.NoError(t, err)
						require.Equal(t, idsOf(alone.Nodes()), idsOf(pages[id].Nodes()), id)
						require.Equal(t, alone.PageInfo, pages[id].PageInfo)
					}
				})
			}
		}
	})
}

// Following twice is following once.
func TestFollow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		fan := people(t, d, 1)[0]
		c, other := b.publish(b.input(1)), b.publish(b.input(1))
		for range 2 {
			_, err := b.Follow(fan, c.ID)
			require.NoError(t, err)
		}
		followed, err := b.FollowedByViewer(fan, []string{c.ID, other.ID})
		require.NoError(t, err)
		require.Equal(t, map[string]bool{c.ID: true}, followed)
		for range 2 {
			_, err := b.Unfollow(fan, c.ID)
			require.NoError(t, err)
		}
		followed, err = b.FollowedByViewer(fan, []string{c.ID})
		require.NoError(t, err)
		require.Empty(t, followed)
		_, err = b.Follow(fan, "cpn_missing")
		require.ErrorIs(t, err, coupon.ErrNotFound)
		_, err = b.Follow(context.Background(), c.ID)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestPagesByStoreFindWords(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(1))
		for words, want := range map[string][]string{"아메리카노": {c.ID}, "떡볶이": nil} {
			pages, err := b.PagesByStore(t.Context(), []string{b.store.ID}, page.Args{}, &coupon.Filter{Search: &words}, nil)
			require.NoError(t, err)
			require.Equal(t, want, idsOf(pages[b.store.ID].Nodes()))
		}
	})
}
