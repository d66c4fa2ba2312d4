package coupon

import (
	"context"
	"fmt"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/columns"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// shown are the columns that answers are made of: what search looks through is as long as all the rest.
var shown = slices.DeleteFunc(slices.Clone(coupon.Columns), func(column string) bool {
	return column == coupon.FieldSearchText || column == coupon.FieldExternalID
})

// looked returns those of the shown columns that are looked at, and what lists need themselves, when they are
// ordered by this column.
func looked(ctx context.Context, sorted string) []string {
	needed := []string{coupon.FieldID, coupon.FieldStoreID, sorted}
	if reads.Observed(ctx) { // then it is noted when the status changes by itself
		needed = append(needed, coupon.FieldStartsAt, coupon.FieldEndsAt)
	}
	return columns.Of(ctx, coupon.Table, shown, needed...)
}

// List returns a page of the coupons that people may see, newest first unless ordered otherwise.
// What a signed-in viewer searches for is remembered. Bad page arguments are fault.InvalidArgument.
func (s *Service) List(ctx context.Context, args page.Args, filter *Filter, order *Order) (*Connection, error) {
	window, query, err := s.page(ctx, filter.stores(), args, filter, order)
	if err != nil {
		return nil, err
	}
	if filter != nil {
		s.searches.note(ctx, filter.Search)
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list coupons: %w", db.Fault(err))
	}
	found := window.Build(rows)
	s.noteRows(ctx, found.Nodes())
	return found, nil
}

// PagesByStore returns one page of [Service.List] for each of the stores, in one statement, by the
// store's id. A cursor in args bounds each page.
func (s *Service) PagesByStore(ctx context.Context, storeIDs []string, args page.Args, filter *Filter, order *Order) (map[string]*Connection, error) {
	window, query, err := s.page(ctx, storeIDs, args, filter, order)
	if err != nil {
		return nil, err
	}
	query.Modify(func(sel *entsql.Selector) { window.SelectEach(sel, coupon.FieldStoreID, storeIDs) })
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the coupons of %d stores: %w", len(storeIDs), db.Fault(err))
	}
	byStore := make(map[string][]*ent.Coupon, len(storeIDs))
	for _, row := range rows {
		byStore[row.StoreID] = append(byStore[row.StoreID], row)
	}
	pages := make(map[string]*Connection, len(storeIDs))
	for _, id := range storeIDs {
		pages[id] = window.Build(byStore[id])
		s.noteRows(ctx, pages[id].Nodes())
	}
	return pages, nil
}

// page begins a page of the coupons of these stores, nil for all stores: what is left is to narrow the query to
// the window. It notes what decides which coupons are on it.
func (s *Service) page(ctx context.Context, storeIDs []string, args page.Args, filter *Filter, order *Order) (window page.Window[*ent.Coupon], query *ent.CouponQuery, err error) {
	sort := order.sort()
	if window, err = page.NewWindow(args, sort); err != nil {
		return window, nil, err
	}
	now := s.Now()
	conditions, err := filter.conditions(now)
	if err != nil {
		return window, nil, err
	}
	if err := s.noteList(ctx, storeIDs, filter, order, now); err != nil {
		return window, nil, err
	}
	query = s.deps.DB.Read().Coupon.Query().Where(conditions...)
	query.Select(looked(ctx, sort.Name)...)
	return window, query, nil
}

// sort returns the order of a list: newest first for none.
func (o *Order) sort() page.Sort[*ent.Coupon] {
	id := func(c *ent.Coupon) string { return c.ID }
	if o == nil {
		return page.ByID(true, id)
	}
	desc := o.Direction != page.Ascending
	switch o.Field {
	case OrderByPopularity:
		return page.ByInt(coupon.FieldClaimedCount, desc, id, func(c *ent.Coupon) int { return c.ClaimedCount })
	case OrderByStartsAt:
		return page.ByTime(coupon.FieldStartsAt, desc, id, func(c *ent.Coupon) time.Time { return c.StartsAt })
	}
	return page.ByID(desc, id)
}

// conditions returns what holds for the listed coupons at now. A search that can find nothing is a
// fault.InvalidArgument.
func (f *Filter) conditions(now time.Time) ([]predicate.Coupon, error) {
	all := []predicate.Coupon{visible()}
	if f == nil {
		return all, nil
	}
	if f.Search != nil {
		words, err := db.Search(*f.Search)
		if err != nil {
			return nil, err
		}
		all = append(all, words.Where(nil))
	}
	if f.StoreID != nil {
		all = append(all, coupon.StoreID(*f.StoreID))
	}
	if f.Status != nil {
		all = append(all, stands(*f.Status, now))
	}
	if f.DiscountKind != nil {
		all = append(all, coupon.DiscountKindEQ(*f.DiscountKind))
	}
	return all, nil
}

// stands holds for coupons whose status at now is the given one: see [StatusAt].
func stands(status Status, now time.Time) predicate.Coupon {
	open := coupon.And(coupon.StartsAtLTE(now), coupon.EndsAtGTE(now))
	running := coupon.And(open, coupon.PausedAtIsNil())
	switch status {
	case StatusUpcoming:
		return coupon.StartsAtGT(now)
	case StatusEnded:
		return coupon.And(coupon.StartsAtLTE(now), coupon.EndsAtLT(now))
	case StatusPaused:
		return coupon.And(open, coupon.PausedAtNotNil())
	case StatusSoldOut:
		return coupon.And(running, coupon.Not(left()))
	}
	return coupon.And(running, left())
}

// left holds for coupons of which some are left.
func left() predicate.Coupon {
	return func(s *entsql.Selector) {
		s.Where(entsql.ColumnsLT(s.C(coupon.FieldClaimedCount), s.C(coupon.FieldQuantity)))
	}
}
