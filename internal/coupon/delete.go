package coupon

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Delete takes a coupon of the viewer out of sight; an ADMIN may delete any. Claims stay redeemable
// until they expire. It refuses with [ErrNotFound] and [ErrNotOwner].
func (s *Service) Delete(ctx context.Context, id string) (*ent.Coupon, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var deleted *ent.Coupon
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := own(ctx, tx, v, id)
		if err != nil {
			return err
		}
		deleted, err = row.Update().SetDeletedAt(db.Instant(s.Now())).AddVersion(1).Save(ctx)
		if err != nil {
			return fmt.Errorf("delete coupon %s: %w", id, err)
		}
		s.announce(ctx, tx, deleted)
		return s.deps.Events.Record(ctx, tx, event.New{Topic: TopicDeleted, Key: row.StoreID, Subject: id, Payload: factsOf(deleted)})
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	return deleted, nil
}
