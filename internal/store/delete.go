package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// Delete takes a store of the viewer and its coupons out of every list, forgets its credentials outside, and tells
// of it. The rows of the store and its coupons stay, for the claims that were made. [ErrNotFound] and [ErrNotOwner] as they say.
func (s *Service) Delete(ctx context.Context, id string) (*ent.Store, error) {
	var row *ent.Store
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := own(ctx, tx.Client, id, tx.Dialect() == dialect.Postgres)
		if err != nil {
			return err
		}
		now := s.Now()
		if row, err = tx.Store.UpdateOne(before).SetDeletedAt(now).Save(ctx); err != nil {
			return fmt.Errorf("delete store %s: %w", id, err)
		}
		err = tx.Coupon.Update().
			Where(coupon.StoreID(id), coupon.DeletedAtIsNil()).
			SetDeletedAt(now).AddVersion(1).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("delete the coupons of store %s: %w", id, err)
		}
		if _, err := tx.Integration.Delete().Where(integration.StoreID(id)).Exec(ctx); err != nil {
			return fmt.Errorf("forget the integrations of store %s: %w", id, err)
		}
		tx.Touch(append(reads.StoreClosed(id, row.OwnerID), reads.Integrations)...)
		return s.record(ctx, tx, TopicDeleted, id)
	})
	return row, err
}
