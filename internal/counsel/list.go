package counsel

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
)

// List returns a page of the sessions of who asks, newest first; none for a guest without a token. Bad page
// arguments are fault.InvalidArgument.
func (s *Service) List(ctx context.Context, args page.Args, filter *Filter) (*Connection, error) {
	window, err := page.NewWindow(args, page.ByID(true, func(row *ent.CounselSession) string { return row.ID }))
	if err != nil {
		return nil, err
	}
	query := s.deps.DB.Read().CounselSession.Query().Where(clientOf(ctx).sessions())
	if filter != nil {
		filter.narrow(query)
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", db.Fault(err))
	}
	return window.Build(rows), nil
}

// narrow adds the conditions of the filter.
func (f *Filter) narrow(query *ent.CounselSessionQuery) {
	if f.Kind != nil {
		query.Where(counselsession.KindEQ(*f.Kind))
	}
	if f.Status != nil {
		query.Where(counselsession.StatusEQ(*f.Status))
	}
	if f.From != nil {
		query.Where(counselsession.CreatedAtGTE(f.From.Start()))
	}
	if f.To != nil {
		query.Where(counselsession.CreatedAtLT(f.To.End()))
	}
}

// MessagesBySession returns the same page of the messages of each session, oldest first. Of a session that who
// asks must not read the page is empty: an expert reads what was said before only where the client agreed.
func (s *Service) MessagesBySession(ctx context.Context, sessionIDs []string, args page.Args, _ struct{}) (map[string]*MessageConnection, error) {
	order := page.ByInt(counselmessage.FieldNumber, false,
		func(m *ent.CounselMessage) string { return m.ID }, func(m *ent.CounselMessage) int { return m.Number })
	window, err := page.NewWindow(args, order)
	if err != nil {
		return nil, err
	}
	sessions, err := s.SessionsByID(ctx, sessionIDs)
	if err != nil {
		return nil, err
	}
	var open []string
	for id, session := range sessions {
		if clientOf(ctx).owns(session) || session.HistoryShared {
			open = append(open, id)
		}
	}
	query := s.deps.DB.Read().CounselMessage.Query().Where(counselmessage.SessionIDIn(open...))
	query.Modify(func(sel *entsql.Selector) { window.SelectEach(sel, counselmessage.FieldSessionID, open) })
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the messages of %d sessions: %w", len(open), db.Fault(err))
	}
	bySession := make(map[string][]*ent.CounselMessage, len(open))
	for _, row := range rows {
		bySession[row.SessionID] = append(bySession[row.SessionID], row)
	}
	pages := make(map[string]*MessageConnection, len(sessionIDs))
	for _, id := range sessionIDs {
		pages[id] = window.Build(bySession[id])
	}
	return pages, nil
}

// MessageByID returns a message to whoever may read its session; otherwise it is [ErrMessageNotFound].
func (s *Service) MessageByID(ctx context.Context, id string) (*ent.CounselMessage, error) {
	row, err := s.deps.DB.Read().CounselMessage.Query().Where(counselmessage.ID(id)).WithSession().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrMessageNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get message %s: %w", id, db.Fault(err))
	}
	session := row.Edges.Session
	mine := clientOf(ctx).owns(session) || isExpertOf(ctx, session) && session.HistoryShared
	if session.DeletedAt != nil || !mine {
		return nil, ErrMessageNotFound
	}
	return row, nil
}
