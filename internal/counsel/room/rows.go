package room

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// counselor returns the counsellor who asks; anybody else is fault.Forbidden.
func counselor(ctx context.Context) (viewer.Viewer, error) {
	v, err := viewer.Require(ctx)
	if err == nil && !v.Has(user.RoleCOUNSELOR) {
		err = fault.Forbidden
	}
	return v, err
}

// isMember reports whether a user is in a room, or was when it closed.
func isMember(row *ent.CounselRoom, userID string) bool {
	return row.HostID == userID || row.GuestID != nil && *row.GuestID == userID
}

// find returns a room, or [ErrNotFound].
func (s *Service) find(ctx context.Context, where ...predicate.CounselRoom) (*ent.CounselRoom, error) {
	row, err := s.deps.DB.Read().CounselRoom.Query().Where(where...).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get a room: %w", db.Fault(err))
	}
	return row, nil
}

// member returns a room to one of the two who are in it. Faults: [ErrNotFound], [ErrNotMember].
func (s *Service) member(ctx context.Context, id, userID string) (*ent.CounselRoom, error) {
	row, err := s.find(ctx, counselroom.ID(id))
	if err != nil {
		return nil, err
	}
	if !isMember(row, userID) {
		return nil, ErrNotMember
	}
	return row, nil
}

// locked returns a room that nobody else changes before the transaction ends, or [ErrNotFound].
func locked(ctx context.Context, tx *db.Tx, id string) (*ent.CounselRoom, error) {
	query := tx.CounselRoom.Query().Where(counselroom.ID(id))
	if tx.PGX() != nil { // on SQLite the transaction holds everything
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get room %s: %w", id, err)
	}
	return row, nil
}

// lockedSession returns a session that nobody else changes before the transaction ends, or
// [ErrSessionNotFound].
func lockedSession(ctx context.Context, tx *db.Tx, where ...predicate.CounselSession) (*ent.CounselSession, error) {
	query := tx.CounselSession.Query().Where(append(where, counselsession.DeletedAtIsNil())...)
	if tx.PGX() != nil {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrSessionNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get a session: %w", err)
	}
	return row, nil
}

// at names the input field at which a refusal is shown; what is no refusal stays as it is.
func at(err error, field string) error {
	if refusals := fault.BusinessOf(err); len(refusals) == 1 && len(refusals[0].Field) == 0 {
		return refusals[0].At(field)
	}
	return err
}
