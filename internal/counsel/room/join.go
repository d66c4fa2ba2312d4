package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/throttle"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Join makes who asks the guest of an open room, or leaves everything as it is for who is in it already. A room
// that belongs to a session admits that session's user only. Faults: [ErrNotFound], [ErrPasswordWrong],
// [ErrFull], [ErrThrottled] with the time to wait.
func (s *Service) Join(ctx context.Context, input JoinInput) (*ent.CounselRoom, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	attempts := s.joinAttempts(ctx, v.ID)
	if err := s.attempts.Count(ctx, ErrThrottled, attempts...); err != nil {
		return nil, err
	}
	row, err := s.admit(ctx, v, input)
	if err != nil {
		return nil, err
	}
	// Before the row says that the guest is there: from then on signals may come.
	begin, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	var joined *ent.CounselRoom
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		joined, err = s.enter(ctx, tx, row.ID, v.ID, begin)
		return at(err, "code")
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	s.attempts.Forgive(ctx, attempts...)
	return joined, nil
}

// admit returns the room of a code to whoever knows its password or is in it already.
func (s *Service) admit(ctx context.Context, v viewer.Viewer, input JoinInput) (*ent.CounselRoom, error) {
	row, err := s.find(ctx, counselroom.Code(cleanCode(input.Code)), counselroom.ClosedAtIsNil())
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	var hash *string
	if row != nil {
		hash = row.PasswordHash
	}
	if hash != nil && !isMember(row, v.ID) {
		if err := s.attempts.Count(ctx, ErrThrottled, throttle.Attempt{Key: "join:room:" + row.ID, Limit: s.deps.Limits.JoinRoom}); err != nil {
			return nil, err
		}
	}
	// Also without a room: how long it takes must not tell whether there is one.
	knows, err := s.passwords.match(ctx, input.Password, hash)
	switch {
	case err != nil:
		return nil, err
	case row == nil:
		return nil, ErrNotFound.At("code")
	case !knows && !isMember(row, v.ID):
		return nil, ErrPasswordWrong.At("password")
	case row.SessionID != nil && !isMember(row, v.ID):
		mine, err := s.ownSessions(ctx, v, *row.SessionID)
		if err != nil {
			return nil, err
		}
		if !mine[*row.SessionID] {
			return nil, ErrNotFound.At("code")
		}
	}
	return row, nil
}

// enter writes a guest into a room with a free place. The row decides: whoever locks it first.
func (s *Service) enter(ctx context.Context, tx *db.Tx, id, userID, begin string) (*ent.CounselRoom, error) {
	row, err := locked(ctx, tx, id)
	switch {
	case err != nil:
		return nil, err
	case row.ClosedAt != nil:
		return nil, ErrNotFound
	case isMember(row, userID):
		return row, nil
	case row.GuestID != nil:
		return nil, ErrFull
	}
	update := tx.CounselRoom.UpdateOne(row).SetGuestID(userID).SetGuestCursor(begin).SetLastGuestID(userID)
	if row.LastGuestID != nil && *row.LastGuestID != userID {
		update.ClearRating() // it was another talk
	}
	joined, err := update.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("join room %s: %w", id, err)
	}
	return joined, s.tell(ctx, tx, joined, EventJoined, userID)
}
