package coupon

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// own locks a coupon that the viewer may change: its store is the viewer's own, or the viewer is an
// ADMIN. It returns [ErrNotFound] or [ErrNotOwner].
func own(ctx context.Context, tx *db.Tx, v viewer.Viewer, id string) (*ent.Coupon, error) {
	row, err := locked(tx, tx.Coupon.Query().Where(coupon.ID(id), visible())).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound.At("id")
	}
	if err != nil {
		return nil, fmt.Errorf("lock coupon %s: %w", id, err)
	}
	mine, err := owns(ctx, tx.Client, v, row)
	if err != nil {
		return nil, err
	}
	if !mine && !v.IsAdmin() {
		return nil, ErrNotOwner.At("id")
	}
	return row, nil
}

// owns reports whether the coupon is of a store of the viewer.
func owns(ctx context.Context, client *ent.Client, v viewer.Viewer, c *ent.Coupon) (bool, error) {
	if v.IsGuest() {
		return false, nil
	}
	row, err := client.Store.Get(ctx, c.StoreID)
	if err != nil {
		return false, fmt.Errorf("get store %s: %w", c.StoreID, db.Fault(err))
	}
	return row.OwnerID == v.ID, nil
}
