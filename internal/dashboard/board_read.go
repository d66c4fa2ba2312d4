package dashboard

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Get returns a dashboard that is the viewer's own, or any for an ADMIN; [ErrNotFound] otherwise.
func (s *Service) Get(ctx context.Context, id string) (*Board, error) {
	v := viewer.From(ctx)
	if v.IsGuest() {
		return nil, ErrNotFound
	}
	row, err := visible(ctx, s.deps.DB.Read(), v, id)
	if err != nil {
		return nil, err
	}
	return board(row)
}

// visible returns the row of a dashboard that the viewer may see and change, or [ErrNotFound].
func visible(ctx context.Context, client *ent.Client, v viewer.Viewer, id string) (*ent.Dashboard, error) {
	query := client.Dashboard.Query().Where(dashboard.ID(id)).WithOwner()
	if !v.IsAdmin() {
		query.Where(dashboard.OwnerID(v.ID))
	}
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound.At("id")
	}
	if err != nil {
		return nil, fmt.Errorf("get dashboard %s: %w", id, db.Fault(err))
	}
	return row, nil
}

// List returns a page of the viewer's dashboards, or of all for an ADMIN, the newest first. Bad page arguments
// are [fault.InvalidArgument].
func (s *Service) List(ctx context.Context, args page.Args, filter *ListFilter) (*Connection, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	window, err := page.NewWindow(args, page.ByID(true, func(row *ent.Dashboard) string { return row.ID }))
	if err != nil {
		return nil, err
	}
	query := s.deps.DB.Read().Dashboard.Query().WithOwner()
	if !v.IsAdmin() {
		query.Where(dashboard.OwnerID(v.ID))
	}
	if filter != nil && filter.StoreID != nil {
		query.Where(dashboard.StoreID(*filter.StoreID))
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list dashboards: %w", db.Fault(err))
	}
	return boardsOf(window.Build(rows))
}

// boardsOf reads the rows of a page.
func boardsOf(rows *page.Connection[*ent.Dashboard]) (*Connection, error) {
	c := &Connection{PageInfo: rows.PageInfo, Edges: make([]*Edge, len(rows.Edges))}
	for i, edge := range rows.Edges {
		b, err := board(edge.Node)
		if err != nil {
			return nil, err
		}
		c.Edges[i] = &Edge{Cursor: edge.Cursor, Node: b}
	}
	return c, nil
}
