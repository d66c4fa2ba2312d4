package coupon

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/follow"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Follow makes the viewer hear when the coupon can be claimed again. Doing it twice changes nothing.
// It refuses with [ErrNotFound], or [fault.Unauthenticated] when the viewer's account is gone.
func (s *Service) Follow(ctx context.Context, id string) (*ent.Coupon, error) {
	return s.setFollow(ctx, id, func(ctx context.Context, tx *db.Tx, userID string) error {
		if err := tx.RequireUser(ctx, userID); err != nil {
			return err
		}
		known, err := tx.Follow.Query().Where(follow.UserID(userID), follow.CouponID(id)).Exist(ctx)
		if err != nil || known {
			return err
		}
		return tx.Follow.Create().SetUserID(userID).SetCouponID(id).Exec(ctx)
	})
}

// Unfollow ends [Service.Follow]. Doing it twice changes nothing. It refuses with [ErrNotFound].
func (s *Service) Unfollow(ctx context.Context, id string) (*ent.Coupon, error) {
	return s.setFollow(ctx, id, func(ctx context.Context, tx *db.Tx, userID string) error {
		_, err := tx.Follow.Delete().Where(follow.UserID(userID), follow.CouponID(id)).Exec(ctx)
		return err
	})
}

func (s *Service) setFollow(ctx context.Context, id string, change func(ctx context.Context, tx *db.Tx, userID string) error) (*ent.Coupon, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	row, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return change(ctx, tx, v.ID) })
	if err != nil && !db.IsDuplicate(err) { // a second click was quicker
		return nil, fmt.Errorf("change what %s follows: %w", v.ID, db.Fault(err))
	}
	return row, nil
}

// FollowedByViewer tells which of the coupons the viewer follows; a guest follows none.
func (s *Service) FollowedByViewer(ctx context.Context, ids []string) (map[string]bool, error) {
	v := viewer.From(ctx)
	followed := make(map[string]bool)
	if v.IsGuest() {
		return followed, nil
	}
	rows, err := s.deps.DB.Read().Follow.Query().Where(follow.UserID(v.ID), follow.CouponIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get what the viewer follows: %w", db.Fault(err))
	}
	for _, row := range rows {
		followed[*row.CouponID] = true
	}
	return followed, nil
}
