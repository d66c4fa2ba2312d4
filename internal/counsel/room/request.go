package room

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Request lets a session of the user's wait for an expert, who may read what was said so far only if the user
// agrees. Who waits already keeps the place, and may agree otherwise. Faults: [ErrSessionNotFound],
// counsel.ErrReplyRunning, counsel.ErrEnded, and [ErrNotWaiting] when an expert has the session.
func (s *Service) Request(ctx context.Context, sessionID string, shareHistory bool) (*ent.CounselSession, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var waiting *ent.CounselSession
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		session, err := lockedSession(ctx, tx, counselsession.ID(sessionID), counselsession.UserID(v.ID))
		if err == nil {
			err = mayWait(session.Status)
		}
		if err != nil {
			return at(err, "sessionId")
		}
		update := tx.CounselSession.UpdateOne(session).
			SetStatus(counselsession.StatusWAITING).SetHistoryShared(shareHistory).SetUpdatedAt(s.now())
		if session.WaitingSince == nil {
			update.SetWaitingSince(s.now())
		}
		if waiting, err = update.Save(ctx); err != nil {
			return fmt.Errorf("let session %s wait: %w", sessionID, err)
		}
		return s.deps.Events.Record(ctx, tx, sessionChanged(waiting))
	})
	return waiting, db.Fault(err)
}

// mayWait says why a session that stands there cannot wait for an expert, if so.
func mayWait(status counselsession.Status) error {
	switch status {
	case counselsession.StatusSTREAMING:
		return counsel.ErrReplyRunning
	case counselsession.StatusENDED:
		return counsel.ErrEnded
	case counselsession.StatusWITH_EXPERT:
		return ErrNotWaiting
	}
	return nil
}
