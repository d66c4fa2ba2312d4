package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/counselshare"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Rename changes what a session of the client's is called. Faults: [ErrNotFound], [ErrTitleInvalid].
func (s *Service) Rename(ctx context.Context, id, title string) (*ent.CounselSession, error) {
	title, err := cleanText(title, maxTitle, ErrTitleInvalid, "title")
	if err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, id); err != nil { // nothing is sealed for what is not there
		return nil, at(err, "id")
	}
	sealed, err := s.seal(ctx, title, boundTitle, id)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, func(_ context.Context, _ *db.Tx, u *ent.CounselSessionUpdateOne) error {
		u.SetTitle(sealed)
		return nil
	})
}

// Delete takes a session of the client's away, and with it the link to its result, what is being written, and the
// room in which an expert hears of it.
// Faults: [ErrNotFound].
func (s *Service) Delete(ctx context.Context, id string) (*ent.CounselSession, error) {
	deleted, err := s.change(ctx, id, func(ctx context.Context, tx *db.Tx, u *ent.CounselSessionUpdateOne) error {
		u.SetDeletedAt(s.now())
		if err := stop(ctx, tx, id); err != nil {
			return err
		}
		return revoke(ctx, tx, counselshare.SessionID(id), s.now())
	})
	if err == nil {
		s.writer.stop(id)
		s.deps.OnDelete(ctx, id)
	}
	return deleted, err
}

// change changes a session of the client's and returns it.
func (s *Service) change(
	ctx context.Context, id string, change func(ctx context.Context, tx *db.Tx, u *ent.CounselSessionUpdateOne) error,
) (*ent.CounselSession, error) {
	var changed *ent.CounselSession
	who := clientOf(ctx)
	err := s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if who.isNobody() {
			return ErrNotFound.At("id")
		}
		if err := who.require(ctx, tx); err != nil {
			return err
		}
		row, err := own(ctx, tx, who, id)
		if err != nil {
			return at(err, "id")
		}
		update := tx.CounselSession.UpdateOne(row).SetUpdatedAt(s.now())
		if err := change(ctx, tx, update); err != nil {
			return err
		}
		if changed, err = update.Save(ctx); err != nil {
			return fmt.Errorf("change session %s: %w", id, err)
		}
		return s.tellChanged(ctx, tx, id)
	})
	return changed, db.Fault(err)
}

// Cancel stops every voice that speaks in a session of the client's, wherever it is written; what was said is
// kept. The status follows at once. Faults: [ErrNotFound].
func (s *Service) Cancel(ctx context.Context, sessionID string) (*ent.CounselSession, error) {
	cancelled, err := s.change(ctx, sessionID, func(ctx context.Context, tx *db.Tx, _ *ent.CounselSessionUpdateOne) error {
		return stop(ctx, tx, sessionID)
	})
	if err != nil {
		return nil, at(err, "sessionId")
	}
	s.writer.stop(sessionID)
	return cancelled, nil
}

// stop asks the processes that write replies of a session to stop.
func stop(ctx context.Context, tx *db.Tx, sessionID string) error {
	err := tx.CounselMessage.Update().
		Where(counselmessage.SessionID(sessionID), counselmessage.StatusEQ(counselmessage.StatusSTREAMING)).
		SetCancelled(true).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("stop the replies of %s: %w", sessionID, err)
	}
	return nil
}

// Rate says how good a reply was, from 1 to 5; only its client can. Faults: [ErrMessageNotFound],
// [ErrRatingInvalid].
func (s *Service) Rate(ctx context.Context, messageID string, rating int) (*ent.CounselMessage, error) {
	if rating < 1 || rating > 5 {
		return nil, ErrRatingInvalid.At("rating")
	}
	var rated *ent.CounselMessage
	who := clientOf(ctx)
	err := s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := tx.CounselMessage.Query().
			Where(counselmessage.ID(messageID), counselmessage.AuthorNEQ(counselmessage.AuthorCLIENT),
				counselmessage.HasSessionWith(who.sessions())).
			Only(ctx)
		if ent.IsNotFound(err) {
			return ErrMessageNotFound.At("messageId")
		}
		if err != nil {
			return fmt.Errorf("get message %s: %w", messageID, err)
		}
		if rated, err = tx.CounselMessage.UpdateOne(row).SetRating(rating).Save(ctx); err != nil {
			return fmt.Errorf("rate message %s: %w", messageID, err)
		}
		return s.tellChanged(ctx, tx, row.SessionID)
	})
	return rated, db.Fault(err)
}

// statusAfter returns where a session stands once no reply of a turn is being written any more.
func statusAfter(replies []*ent.CounselMessage, reading bool) counselsession.Status {
	count := map[counselmessage.Status]int{}
	offered := false
	for _, m := range replies {
		count[m.Status]++
		offered = offered || m.OffersCards && m.Status == counselmessage.StatusCOMPLETED
	}
	switch whole := count[counselmessage.StatusCOMPLETED]; {
	case count[counselmessage.StatusSTREAMING] > 0:
		return counselsession.StatusSTREAMING
	case count[counselmessage.StatusCANCELLED] > 0:
		return counselsession.StatusCANCELLED
	case whole == 0:
		return counselsession.StatusFAILED
	case whole < len(replies):
		return counselsession.StatusPARTIAL
	case reading:
		return counselsession.StatusENDED
	case offered:
		return counselsession.StatusCARDS_OFFERED
	}
	return counselsession.StatusCOMPLETED
}
