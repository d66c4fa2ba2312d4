// Package page cuts long lists into pages: Relay connections over keyset pagination
// (https://relay.dev/graphql/connections.htm), so that a page costs the same at any depth.
package page

import (
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// The number of items on a page.
const (
	DefaultSize = 20
	MaxSize     = 100
)

// Args are the four arguments of a connection, as the client gave them.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Connection is one page of a list.
type Connection[T any] struct {
	Edges    []*Edge[T]
	PageInfo Info
}

// Edge is an item with its position.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Info tells where a page stands in its list.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Nodes returns the items of the page.
func (c *Connection[T]) Nodes() []T {
	nodes := make([]T, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.Node
	}
	return nodes
}

// Window is a validated request for one page of a list in a certain order.
type Window[T any] struct {
	sort     Sort[T]
	size     int
	backward bool
	after    *position
	before   *position
}

// NewWindow validates args against the order of the list. Sizes above [MaxSize] are cut to it.
// It returns [fault.InvalidArgument] when first and last are both given, when a size is negative,
// or when a cursor is not one of this order.
func NewWindow[T any](args Args, sort Sort[T]) (Window[T], error) {
	w := Window[T]{sort: sort, size: DefaultSize}
	switch {
	case args.First != nil && args.Last != nil:
		return w, fault.InvalidArgument.Saying("argument.page").At("last")
	case args.First != nil:
		w.size = *args.First
	case args.Last != nil:
		w.size, w.backward = *args.Last, true
	}
	if w.size < 0 {
		return w, fault.InvalidArgument.Saying("argument.page").At("first")
	}
	w.size = min(w.size, MaxSize)
	var err error
	if w.after, err = sort.decode(args.After); err != nil {
		return w, err
	}
	w.before, err = sort.decode(args.Before)
	return w, err
}

// Limit returns how many rows to fetch: one more than the page holds, to learn whether more follow.
func (w Window[T]) Limit() int { return w.size + 1 }

// Build makes the page from the rows that were fetched in the window's order.
func (w Window[T]) Build(rows []T) *Connection[T] {
	more := len(rows) > w.size
	if more {
		rows = rows[:w.size]
	}
	if w.backward {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	c := &Connection[T]{Edges: make([]*Edge[T], len(rows))}
	edges := make([]Edge[T], len(rows))
	for i, row := range rows {
		edges[i] = Edge[T]{Cursor: w.sort.encode(row), Node: row}
		c.Edges[i] = &edges[i]
	}
	if w.backward {
		c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = more, w.before != nil
	} else {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = more, w.after != nil
	}
	if len(edges) > 0 {
		c.PageInfo.StartCursor = &edges[0].Cursor
		c.PageInfo.EndCursor = &edges[len(edges)-1].Cursor
	}
	return c
}

// Direction is the direction of an order.
type Direction string

// The directions of an order.
const (
	Ascending  Direction = "ASC"
	Descending Direction = "DESC"
)

// Backward reports whether rows are to be fetched in the opposite of the list's order.
func (w Window[T]) Backward() bool { return w.backward }

// Bounds returns what the cursors demand of the order's value, for lists that are not fetched
// through a selector and are ordered by one unique integer: value > or < bound.
func (w Window[T]) Bounds() map[sql.Op]any {
	bounds := map[sql.Op]any{}
	beyond := map[bool]sql.Op{true: sql.OpLT, false: sql.OpGT}
	if w.after != nil {
		bounds[beyond[w.sort.Desc]] = w.after.value
	}
	if w.before != nil {
		bounds[beyond[!w.sort.Desc]] = w.before.value
	}
	return bounds
}
