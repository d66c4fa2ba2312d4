package page_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

func idOf(c *ent.Coupon) string { return c.ID }

// fill adds n coupons, many of them equal in title, count and start, and returns them by id.
func fill(t *testing.T, d *db.DB, stores, n int) (coupons []*ent.Coupon) {
	t.Helper()
	owner := testkit.Person(t, d, user.RoleOWNER)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for s := range stores {
			shop := fmt.Sprintf("sto_%d", s)
			if err := tx.Store.Create().SetID(shop).SetOwnerID(owner.ID).SetName(shop).SetCategory("식당").SetSearchText("").Exec(ctx); err != nil {
				return err
			}
			for i := range n {
				row, err := tx.Coupon.Create().SetStoreID(shop).SetTitle(string(rune('a' + i%3))).SetSearchText("").
					SetDiscountKind(coupon.DiscountKindAMOUNT).SetDiscountValue(1).SetQuantity(1).SetClaimedCount(i % 4).
					SetStartsAt(start.Add(time.Duration(i%2) * time.Microsecond)).SetEndsAt(start).SetExpiresAt(start).Save(ctx)
				if err != nil {
					return err
				}
				coupons = append(coupons, row)
			}
		}
		return nil
	})
	return coupons
}

// list fetches a page.
func list(t *testing.T, d *db.DB, args page.Args, sort page.Sort[*ent.Coupon]) *page.Connection[*ent.Coupon] {
	t.Helper()
	window, err := page.NewWindow(args, sort)
	require.NoError(t, err)
	query := d.Read().Coupon.Query()
	query.Modify(window.Select)
	rows, err := query.All(t.Context())
	require.NoError(t, err)
	return window.Build(rows)
}

func ids(coupons []*ent.Coupon) []string {
	list := make([]string, len(coupons))
	for i, c := range coupons {
		list[i] = c.ID
	}
	return list
}

func TestPagesVisitEachRowOnceInBothDirections(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		all := fill(t, d, 1, 23)
		byID := func(a, b *ent.Coupon) int { return cmp.Compare(a.ID, b.ID) }
		for _, desc := range []bool{false, true} {
			for name, c := range map[string]struct {
				sort  page.Sort[*ent.Coupon]
				order func(a, b *ent.Coupon) int
			}{
				"id": {page.ByID(desc, idOf), byID},
				"text": {
					page.ByText(coupon.FieldTitle, desc, idOf, func(c *ent.Coupon) string { return c.Title }),
					func(a, b *ent.Coupon) int { return cmp.Or(cmp.Compare(a.Title, b.Title), byID(a, b)) },
				},
				"number": {
					page.ByInt(coupon.FieldClaimedCount, desc, idOf, func(c *ent.Coupon) int { return c.ClaimedCount }),
					func(a, b *ent.Coupon) int { return cmp.Or(cmp.Compare(a.ClaimedCount, b.ClaimedCount), byID(a, b)) },
				},
				"instant": {
					page.ByTime(coupon.FieldStartsAt, desc, idOf, func(c *ent.Coupon) time.Time { return c.StartsAt }),
					func(a, b *ent.Coupon) int { return cmp.Or(a.StartsAt.Compare(b.StartsAt), byID(a, b)) },
				},
				"expression": {
					page.ByFloat("half", func(s *sql.Selector) string { return "(" + s.C(coupon.FieldClaimedCount) + " * 0.5)" }, desc, idOf,
						func(c *ent.Coupon) float64 { return float64(c.ClaimedCount) * 0.5 }),
					func(a, b *ent.Coupon) int { return cmp.Or(cmp.Compare(a.ClaimedCount, b.ClaimedCount), byID(a, b)) },
				},
			} {
				want := slices.SortedFunc(slices.Values(all), c.order)
				if desc {
					slices.Reverse(want)
				}
				require.Equal(t, ids(want), ids(forward(t, d, c.sort)), "%s forward, desc %v", name, desc)
				require.Equal(t, ids(want), ids(backward(t, d, c.sort)), "%s backward, desc %v", name, desc)
			}
		}
	})
}

// forward walks from the front, five by five.
func forward(t *testing.T, d *db.DB, sort page.Sort[*ent.Coupon]) (seen []*ent.Coupon) {
	t.Helper()
	size, args := 5, page.Args{}
	args.First = &size
	for {
		c := list(t, d, args, sort)
		seen = append(seen, c.Nodes()...)
		require.Equal(t, args.After != nil, c.PageInfo.HasPreviousPage)
		if !c.PageInfo.HasNextPage {
			return seen
		}
		args.After = c.PageInfo.EndCursor
	}
}

// backward walks from the end, five by five.
func backward(t *testing.T, d *db.DB, sort page.Sort[*ent.Coupon]) (seen []*ent.Coupon) {
	t.Helper()
	size, args := 5, page.Args{}
	args.Last = &size
	for {
		c := list(t, d, args, sort)
		seen = append(c.Nodes(), seen...)
		require.Equal(t, args.Before != nil, c.PageInfo.HasNextPage)
		if !c.PageInfo.HasPreviousPage {
			return seen
		}
		args.Before = c.PageInfo.StartCursor
	}
}

func TestSelectEachPagesEveryGroupInOneStatement(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		fill(t, d, 3, 5)
		two := 2
		window, err := page.NewWindow(page.Args{First: &two}, page.ByID(true, idOf))
		require.NoError(t, err)
		stores := d.Read().Store.Query().IDsX(t.Context())
		ctx, counter := db.WithCounter(t.Context())
		query := d.Read().Coupon.Query()
		query.Modify(func(s *sql.Selector) { window.SelectEach(s, coupon.FieldStoreID, stores) })
		rows, err := query.All(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, counter.Count())
		groups := map[string][]*ent.Coupon{}
		for _, row := range rows {
			groups[row.StoreID] = append(groups[row.StoreID], row)
		}
		require.Len(t, groups, 3)
		for store, group := range groups {
			c := window.Build(group)
			require.Len(t, c.Edges, 2, store)
			require.True(t, c.PageInfo.HasNextPage)
			require.Greater(t, c.Edges[0].Node.ID, c.Edges[1].Node.ID)
		}
	})
}

func TestArgumentsThatAreNoPage(t *testing.T) {
	t.Parallel()
	one, minus, bad := 1, -1, "!"
	byID := page.ByID(true, idOf)
	byTitle := page.ByText(coupon.FieldTitle, true, idOf, func(c *ent.Coupon) string { return c.Title })
	window, err := page.NewWindow(page.Args{}, byTitle)
	require.NoError(t, err)
	foreign := window.Build([]*ent.Coupon{{ID: "cpn_1"}}).Edges[0].Cursor
	idWindow, err := page.NewWindow(page.Args{}, byID)
	require.NoError(t, err)
	nul := idWindow.Build([]*ent.Coupon{{ID: "cpn_\x00"}}).Edges[0].Cursor
	for name, args := range map[string]page.Args{
		"first and last":          {First: &one, Last: &one},
		"negative first":          {First: &minus},
		"negative last":           {Last: &minus},
		"a broken cursor":         {After: &bad},
		"a cursor of other order": {Before: &foreign},
		"a cursor with a NUL":     {After: &nul},
	} {
		_, err := page.NewWindow(args, byID)
		require.ErrorIs(t, err, fault.InvalidArgument, name)
	}
}

func TestSizesAreBounded(t *testing.T) {
	t.Parallel()
	for size, limit := range map[int]int{0: 1, 100: 101, 101: 101, 1 << 40: 101} {
		window, err := page.NewWindow(page.Args{First: &size}, page.ByID(true, idOf))
		require.NoError(t, err)
		require.Equal(t, limit, window.Limit())
	}
	window, err := page.NewWindow(page.Args{}, page.ByID(true, idOf))
	require.NoError(t, err)
	require.Equal(t, page.DefaultSize+1, window.Limit())
	require.Empty(t, window.Build(nil).Edges)
	require.Nil(t, window.Build(nil).PageInfo.EndCursor)
}
