package room

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Rate says how good a talk was, from 1 to 5: for who was the guest of a room last, also after it. The last word
// counts. Faults: [ErrRatingInvalid], [ErrNotFound], [ErrNotMember].
func (s *Service) Rate(ctx context.Context, id string, rating int) (*ent.CounselRoom, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if rating < 1 || rating > 5 {
		return nil, ErrRatingInvalid.At("rating")
	}
	var rated *ent.CounselRoom
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		row, err := locked(ctx, tx, id)
		if err != nil {
			return at(err, "roomId")
		}
		if row.LastGuestID == nil || *row.LastGuestID != v.ID {
			return ErrNotMember.At("roomId")
		}
		if rated, err = tx.CounselRoom.UpdateOne(row).SetRating(rating).Save(ctx); err != nil {
			return fmt.Errorf("rate room %s: %w", id, err)
		}
		return nil
	})
	return rated, db.Fault(err)
}
