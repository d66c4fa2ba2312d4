package store

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/columns"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// maxRadius is the largest radius of a [Near], in metres.
const maxRadius = 50_000

// distance is the name of the column that lists by distance add to the rows.
const distance = "distance"

// shown are the columns that answers are made of: what search looks through is as long as all the rest.
var shown = slices.DeleteFunc(slices.Clone(store.Columns), func(column string) bool {
	return column == store.FieldSearchText || column == store.FieldExternalID
})

// List returns a page of living stores: newest first, or nearest first with Near, unless ordered
// otherwise. Bad arguments are [fault.InvalidArgument].
func (s *Service) List(ctx context.Context, args page.Args, filter *Filter, order *Order) (*Connection, error) {
	if filter == nil {
		filter = &Filter{}
	}
	circle, err := filter.Near.circle()
	if err != nil {
		return nil, err
	}
	sort, err := sortOf(order, circle)
	if err != nil {
		return nil, err
	}
	window, err := page.NewWindow(args, sort)
	if err != nil {
		return nil, err
	}
	reads.Note(ctx, filter.tag())
	query := s.DB.Read().Store.Query().Where(store.DeletedAtIsNil())
	if err := filter.narrow(query, circle, window, sort); err != nil {
		return nil, err
	}
	query.Select(columns.Of(ctx, store.Table, shown, store.FieldID, sort.Name)...)
	query.Modify(window.Select)
	if sort.Name == distance {
		query.Modify(func(s *sql.Selector) { s.AppendSelectAs(circle.Distance(s), distance) })
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list stores: %w", err)
	}
	return window.Build(rows), nil
}

// tag names the changes that a list with this filter may show.
func (f Filter) tag() string {
	if f.OwnerID != nil {
		return reads.StoresOf(*f.OwnerID)
	}
	return reads.Stores
}

// narrow adds the conditions of the filter to the query.
func (f Filter) narrow(query *ent.StoreQuery, circle *db.Circle, window page.Window[*ent.Store], sort page.Sort[*ent.Store]) error {
	if f.Category != nil {
		query.Where(store.Category(db.Line(*f.Category)))
	}
	if f.OwnerID != nil {
		query.Where(store.OwnerID(*f.OwnerID))
	}
	if circle != nil {
		query.Where(circle.Where)
	}
	if f.Search == nil {
		return nil
	}
	words, err := db.Search(*f.Search)
	if err != nil {
		return err
	}
	var cut func(*sql.Selector)
	if f.Category == nil && f.OwnerID == nil && circle == nil && sort.Expr == nil {
		cut = window.Select
	}
	query.Where(predicate.Store(words.Where(cut)))
	return nil
}

// circle returns the circle on the map; nil for nil.
func (n *Near) circle() (*db.Circle, error) {
	if n == nil {
		return nil, nil
	}
	if !(Location{n.Latitude, n.Longitude}).onEarth() {
		return nil, fault.InvalidArgument.At("near")
	}
	if n.RadiusMeters < 1 || n.RadiusMeters > maxRadius {
		return nil, fault.InvalidArgument.At("near", "radiusMeters")
	}
	return &db.Circle{Latitude: n.Latitude, Longitude: n.Longitude, Radius: float64(n.RadiusMeters)}, nil
}

// sortOf returns the order of a list.
func sortOf(order *Order, circle *db.Circle) (page.Sort[*ent.Store], error) {
	id := func(s *ent.Store) string { return s.ID }
	if order == nil && circle == nil {
		return page.ByID(true, id), nil
	}
	if order == nil {
		order = &Order{Field: OrderByDistance}
	}
	desc := order.Direction == page.Descending
	switch order.Field {
	case OrderByName:
		return page.ByText(store.FieldName, desc, id, func(s *ent.Store) string { return s.Name }), nil
	case OrderByDistance:
		if circle == nil {
			return page.Sort[*ent.Store]{}, fault.InvalidArgument.At("orderBy")
		}
		return page.ByFloat(distance, circle.Distance, desc, id, distanceIn), nil
	}
	return page.ByID(desc, id), nil
}

// distanceIn returns the distance that the database has computed for the row: what goes into a cursor
// must be equal to it in the last digit, so that stores at one place are neither lost nor repeated.
func distanceIn(row *ent.Store) float64 {
	value, _ := row.Value(distance) // absent only when the list did not ask for it
	metres, _ := value.(float64)
	return metres
}
