package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Leave takes who asks out of a room: with its host it closes, and without its guest it is open again. A room
// that is closed stays as it is. Faults: [ErrNotFound], [ErrNotMember].
func (s *Service) Leave(ctx context.Context, id string) (*ent.CounselRoom, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var left *ent.CounselRoom
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := locked(ctx, tx, id)
		switch {
		case err != nil:
			return at(err, "roomId")
		case !isMember(row, v.ID):
			return ErrNotMember.At("roomId")
		case row.ClosedAt != nil:
			left = row
			return nil
		case row.HostID == v.ID:
			left, err = s.close(ctx, tx, row)
			return err
		}
		left, err = s.seeOff(ctx, tx, row)
		return err
	})
	return left, db.Fault(err)
}

// seeOff makes the place of a room's guest free. The row is locked.
func (s *Service) seeOff(ctx context.Context, tx *db.Tx, row *ent.CounselRoom) (*ent.CounselRoom, error) {
	guestID := *row.GuestID
	left, err := tx.CounselRoom.UpdateOne(row).ClearGuestID().SetGuestCursor("").Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("leave room %s: %w", row.ID, err)
	}
	return left, s.tell(ctx, tx, left, EventLeft, guestID)
}

// close closes a room, and ends the session that it was opened for. The row is locked; who is in the room stays
// written there, so that both can still look at it.
func (s *Service) close(ctx context.Context, tx *db.Tx, row *ent.CounselRoom) (*ent.CounselRoom, error) {
	closed, err := tx.CounselRoom.UpdateOne(row).SetClosedAt(s.now()).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("close room %s: %w", row.ID, err)
	}
	if err := s.tell(ctx, tx, closed, EventClosed, closed.HostID); err != nil {
		return nil, err
	}
	if closed.SessionID == nil {
		return closed, nil
	}
	return closed, s.endSession(ctx, tx, closed)
}

// endSession ends the session of a closed room, unless its client has deleted it.
func (s *Service) endSession(ctx context.Context, tx *db.Tx, closed *ent.CounselRoom) error {
	session, err := lockedSession(ctx, tx, counselsession.ID(*closed.SessionID),
		counselsession.StatusEQ(counselsession.StatusWITH_EXPERT), counselsession.CounselorID(closed.HostID))
	if errors.Is(err, ErrSessionNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	session, err = tx.CounselSession.UpdateOne(session).
		SetStatus(counselsession.StatusENDED).SetUpdatedAt(s.now()).
		Save(ctx)
	if err != nil {
		return fmt.Errorf("end the session of room %s: %w", closed.ID, err)
	}
	return s.deps.Events.Record(ctx, tx, sessionChanged(session))
}
