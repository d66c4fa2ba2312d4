package counsel

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// client is who has a worry: a user, or a guest.
type client struct{ userID, guestID string }

// clientOf returns who asks; nobody when a guest has no token yet.
func clientOf(ctx context.Context) client {
	v := viewer.From(ctx)
	if !v.IsGuest() {
		return client{userID: v.ID}
	}
	return client{guestID: v.GuestID}
}

// ownerOf returns whose session it is.
func ownerOf(row *ent.CounselSession) client {
	if row.UserID != nil {
		return client{userID: *row.UserID}
	}
	if row.GuestID != nil {
		return client{guestID: *row.GuestID}
	}
	return client{}
}

func (c client) isNobody() bool { return c == client{} }

// name is what keys and budgets know the client by.
func (c client) name() string {
	if c.userID != "" {
		return c.userID
	}
	return c.guestID
}

// owns reports whether the session is the client's. What a guest began and has taken along into an account
// is the user's alone.
func (c client) owns(row *ent.CounselSession) bool { return !c.isNobody() && ownerOf(row) == c }

// sessions holds for the client's sessions that are not deleted.
func (c client) sessions() predicate.CounselSession {
	mine := counselsession.UserID(c.userID)
	if c.userID == "" {
		mine = counselsession.And(counselsession.GuestID(c.guestID), counselsession.UserIDIsNil())
	}
	if c.isNobody() {
		mine = func(s *entsql.Selector) { s.Where(entsql.False()) }
	}
	return counselsession.And(mine, counselsession.DeletedAtIsNil())
}

// require keeps the client's account from being deleted until the transaction ends.
func (c client) require(ctx context.Context, tx *db.Tx) error {
	switch {
	case c.isNobody():
		return fault.Unauthenticated
	case c.userID != "":
		return tx.RequireUser(ctx, c.userID)
	}
	return nil
}

// Get returns a session to whose it is and to the expert who has taken it. For everybody else, operators
// included, it is [ErrNotFound].
func (s *Service) Get(ctx context.Context, id string) (*ent.CounselSession, error) {
	row, err := s.deps.DB.Read().CounselSession.Query().Where(counselsession.ID(id), counselsession.DeletedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get session %s: %w", id, db.Fault(err))
	}
	if !readable(ctx, row) {
		return nil, ErrNotFound
	}
	return row, nil
}

// readable reports whether who asks may see the session.
func readable(ctx context.Context, row *ent.CounselSession) bool {
	return clientOf(ctx).owns(row) || isExpertOf(ctx, row)
}

// isExpertOf reports whether who asks has taken the session.
func isExpertOf(ctx context.Context, row *ent.CounselSession) bool {
	v := viewer.From(ctx)
	return !v.IsGuest() && row.CounselorID != nil && *row.CounselorID == v.ID
}

// SessionsByID returns those of the sessions that who asks may see, by their ids.
func (s *Service) SessionsByID(ctx context.Context, ids []string) (map[string]*ent.CounselSession, error) {
	rows, err := s.deps.DB.Read().CounselSession.Query().Where(counselsession.IDIn(ids...), counselsession.DeletedAtIsNil()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get %d sessions: %w", len(ids), db.Fault(err))
	}
	byID := make(map[string]*ent.CounselSession, len(rows))
	for _, row := range rows {
		if readable(ctx, row) {
			byID[row.ID] = row
		}
	}
	return byID, nil
}

// own returns a session of the client's, locked until the transaction ends, or [ErrNotFound].
func own(ctx context.Context, tx *db.Tx, c client, id string) (*ent.CounselSession, error) {
	row, err := locked(ctx, tx, counselsession.ID(id), c.sessions())
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get session %s: %w", id, err)
	}
	return row, nil
}

// locked returns the row of a session that nobody else changes before the transaction ends.
func locked(ctx context.Context, tx *db.Tx, where ...predicate.CounselSession) (*ent.CounselSession, error) {
	query := tx.CounselSession.Query().Where(where...)
	if tx.PGX() != nil { // on SQLite the transaction holds everything
		query.ForUpdate()
	}
	return query.Only(ctx)
}
