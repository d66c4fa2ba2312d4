package room

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Get returns a room to the two who are in it and to the user for whose session it was opened. For everybody
// else, operators included, it is [ErrNotFound].
func (s *Service) Get(ctx context.Context, id string) (*ent.CounselRoom, error) {
	v := viewer.From(ctx)
	row, err := s.find(ctx, counselroom.ID(id))
	if err != nil || !v.IsGuest() && isMember(row, v.ID) {
		return row, err
	}
	if row.SessionID == nil {
		return nil, ErrNotFound
	}
	mine, err := s.ownSessions(ctx, v, *row.SessionID)
	if err != nil {
		return nil, err
	}
	if !mine[*row.SessionID] {
		return nil, ErrNotFound
	}
	return row, nil
}

// BySession returns the rooms that were opened for sessions, by the sessions' ids, as far as who asks may see
// them: see [Service.Get].
func (s *Service) BySession(ctx context.Context, sessionIDs []string) (map[string]*ent.CounselRoom, error) {
	v := viewer.From(ctx)
	rooms := make(map[string]*ent.CounselRoom)
	if v.IsGuest() {
		return rooms, nil
	}
	rows, err := s.deps.DB.Read().CounselRoom.Query().
		Where(counselroom.SessionIDIn(sessionIDs...)).
		Order(counselroom.ByID()). // the latest of a session stays
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the rooms of %d sessions: %w", len(sessionIDs), db.Fault(err))
	}
	mine, err := s.ownSessions(ctx, v, sessionIDs...)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if mine[*row.SessionID] || isMember(row, v.ID) {
			rooms[*row.SessionID] = row
		}
	}
	return rooms, nil
}

// ownSessions tells which of the sessions are the viewer's own.
func (s *Service) ownSessions(ctx context.Context, v viewer.Viewer, ids ...string) (map[string]bool, error) {
	mine := make(map[string]bool)
	if v.IsGuest() { // rooms are for people whom one can find again
		return mine, nil
	}
	found, err := s.deps.DB.Read().CounselSession.Query().
		Where(counselsession.IDIn(ids...), counselsession.UserID(v.ID), counselsession.DeletedAtIsNil()).
		IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d sessions: %w", len(ids), db.Fault(err))
	}
	for _, id := range found {
		mine[id] = true
	}
	return mine, nil
}
