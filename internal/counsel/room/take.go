package room

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Take gives a waiting session to the counsellor who asks first, and opens a room for it that admits the
// session's user only. Nobody takes a session of their own. Faults: [ErrSessionNotFound], [ErrNotWaiting];
// fault.Forbidden for whoever is no counsellor.
func (s *Service) Take(ctx context.Context, sessionID string) (*ent.CounselRoom, error) {
	v, err := counselor(ctx)
	if err != nil {
		return nil, err
	}
	begin, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	var opened *ent.CounselRoom
	err = s.withCode(func(code string) error {
		return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := tx.RequireUser(ctx, v.ID); err != nil {
				return err
			}
			session, err := s.take(ctx, tx, sessionID, v.ID)
			if err != nil {
				return at(err, "sessionId")
			}
			title, err := titleFor(ctx, tx, session)
			if err != nil {
				return err
			}
			create := tx.CounselRoom.Create().SetCode(code).SetTitle(title).SetSessionID(session.ID)
			opened, err = s.open(ctx, tx, create, v.ID, begin)
			return err
		})
	})
	return opened, db.Fault(err)
}

// take writes a waiting session down as a counsellor's.
func (s *Service) take(ctx context.Context, tx *db.Tx, sessionID, counselorID string) (*ent.CounselSession, error) {
	session, err := lockedSession(ctx, tx, counselsession.ID(sessionID))
	if err != nil {
		return nil, err
	}
	if session.Status != counselsession.StatusWAITING || session.UserID == nil || *session.UserID == counselorID {
		return nil, ErrNotWaiting
	}
	session, err = tx.CounselSession.UpdateOne(session).
		SetStatus(counselsession.StatusWITH_EXPERT).SetCounselorID(counselorID).ClearWaitingSince().SetUpdatedAt(s.now()).
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("take session %s: %w", sessionID, err)
	}
	return session, s.deps.Events.Record(ctx, tx, sessionChanged(session))
}

// titleFor calls the room of a session by the name of its user: the title of the session is sealed.
func titleFor(ctx context.Context, tx *db.Tx, session *ent.CounselSession) (string, error) {
	client, err := tx.User.Get(ctx, *session.UserID)
	if err != nil {
		return "", fmt.Errorf("get user %s: %w", *session.UserID, err)
	}
	letters := []rune(client.Name)
	return string(letters[:min(len(letters), maxTitle)]), nil
}
