package room

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// sweepBatch is how many rooms a process closes at once.
	sweepBatch = 50
	// seenPatience is how long it may take to write down that a host is there.
	seenPatience = 5 * time.Second
)

// Run closes rooms whose host is gone, or whose session was deleted, until ctx ends, also those of processes that have died. Every replica
// may run it: each room closes once. Call it once.
func (s *Service) Run(ctx context.Context) error {
	var anchor *bus.Reader
	defer func() {
		if anchor != nil {
			anchor.Close()
		}
	}()
	tick := time.NewTicker(s.deps.Timing.Sweep)
	defer tick.Stop()
	for {
		if anchor == nil {
			anchor = s.anchor(ctx)
		}
		s.sweep(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// anchor keeps the log of rooms at hand while nobody listens, so that the place at which somebody joins is
// still known when the first signal comes; nil while the bus is away.
func (s *Service) anchor(ctx context.Context) *bus.Reader {
	reader, err := s.deps.Bus.Follow(ctx, TopicRoom, "", nobody...)
	if err != nil {
		s.deps.Logger.DebugContext(ctx, "the log of rooms is away", "error", err)
		return nil
	}
	return reader
}

// sweep closes the rooms that are to be closed now.
func (s *Service) sweep(ctx context.Context) {
	ids, err := s.deps.DB.Read().CounselRoom.Query().Where(s.abandoned()).
		Order(counselroom.ByHostSeenAt()).Limit(sweepBatch).
		IDs(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "cannot look for rooms whose host is gone", "error", err)
		}
		return
	}
	for _, id := range ids {
		if err := s.closeAbandoned(ctx, id); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "a room whose host is gone cannot be closed", "room_id", id, "error", err)
		}
	}
}

// CloseDeleted closes the room of a session whose client has deleted it. [Service.Run] does so as well, a moment
// later, where a process died between.
func (s *Service) CloseDeleted(ctx context.Context, sessionID string) error {
	id, err := s.deps.DB.Read().CounselRoom.Query().
		Where(counselroom.SessionID(sessionID), counselroom.ClosedAtIsNil()).OnlyID(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the room of session %s: %w", sessionID, db.Fault(err))
	}
	return db.Fault(s.closeAbandoned(ctx, id))
}

// abandoned holds for open rooms whose host was away for too long, for those that last too long, and for those
// whose session was deleted.
func (s *Service) abandoned() predicate.CounselRoom {
	now := s.now()
	return counselroom.And(counselroom.ClosedAtIsNil(), counselroom.Or(
		counselroom.HostSeenAtLT(now.Add(-s.deps.Timing.Grace)),
		counselroom.CreatedAtLT(now.Add(-s.deps.Timing.Life)),
		sessionDeleted))
}

func sessionDeleted(s *entsql.Selector) {
	b := entsql.Dialect(s.Dialect())
	sessions := b.Table(counselsession.Table).As("deleted")
	s.Where(entsql.Exists(b.Select(sessions.C(counselsession.FieldID)).From(sessions).Where(entsql.And(
		entsql.ColumnsEQ(sessions.C(counselsession.FieldID), s.C(counselroom.FieldSessionID)),
		entsql.NotNull(sessions.C(counselsession.FieldDeletedAt))))))
}

// closeAbandoned closes a room unless its host has come back or somebody was faster.
func (s *Service) closeAbandoned(ctx context.Context, id string) error {
	return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := locked(ctx, tx, id); err != nil {
			return err
		}
		row, err := tx.CounselRoom.Query().Where(counselroom.ID(id), s.abandoned()).Only(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("get room %s: %w", id, err)
		}
		_, err = s.close(ctx, tx, row)
		return err
	})
}

// seen writes down that the host of a room is there now. A log of the host's ends by the end of its context,
// which must not keep that from being written: the host has a whole grace from then on.
func (s *Service) seen(ctx context.Context, roomID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seenPatience)
	defer cancel()
	now := s.now()
	err := s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselRoom.Update().
			Where(counselroom.ID(roomID), counselroom.ClosedAtIsNil(), counselroom.HostSeenAtLT(now)).
			SetHostSeenAt(now).
			Exec(ctx)
	})
	if err != nil { // the next time comes well before the grace ends
		s.deps.Logger.WarnContext(ctx, "cannot note that a host is there", "room_id", roomID, "error", err)
	}
}
