package store

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/follow"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Follow makes the viewer hear of a store, and returns it. Doing it twice changes nothing.
// [ErrNotFound] when there is no such store, [fault.Unauthenticated] when the viewer's account is gone.
func (s *Service) Follow(ctx context.Context, id string) (*ent.Store, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var row *ent.Store
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		if row, err = living(ctx, tx.Client, id, false); err != nil {
			return at(err, "storeId")
		}
		followed, err := tx.Follow.Query().Where(follow.UserID(v.ID), follow.StoreID(id)).Exist(ctx)
		if err != nil || followed {
			return err
		}
		tx.Touch(reads.FollowersOf(id))
		return tx.Follow.Create().SetUserID(v.ID).SetStoreID(id).SetCreatedAt(s.Now()).Exec(ctx)
	})
	if db.IsDuplicate(err) { // the same request at the same moment was faster
		return row, nil
	}
	return row, err
}

// Unfollow ends what [Service.Follow] began, and returns the store. Doing it twice changes nothing.
// [ErrNotFound] when there is no such store.
func (s *Service) Unfollow(ctx context.Context, id string) (*ent.Store, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var row *ent.Store
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if row, err = living(ctx, tx.Client, id, false); err != nil {
			return at(err, "storeId")
		}
		tx.Touch(reads.FollowersOf(id))
		_, err = tx.Follow.Delete().Where(follow.UserID(v.ID), follow.StoreID(id)).Exec(ctx)
		return err
	})
	return row, err
}

// FollowerCounts returns how many users follow each of the stores; stores without any are left out.
func (s *Service) FollowerCounts(ctx context.Context, ids []string) (map[string]int, error) {
	var rows []struct {
		StoreID string `json:"store_id"`
		Count   int    `json:"count"`
	}
	for _, id := range ids {
		reads.Note(ctx, reads.FollowersOf(id))
	}
	err := s.DB.Read().Follow.Query().
		Where(follow.StoreIDIn(ids...)).
		GroupBy(follow.FieldStoreID).Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count the followers of %d stores: %w", len(ids), err)
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.StoreID] = row.Count
	}
	return counts, nil
}

// FollowedByViewer returns which of the stores the viewer follows; a guest follows none.
func (s *Service) FollowedByViewer(ctx context.Context, ids []string) (map[string]bool, error) {
	followed := map[string]bool{}
	v := viewer.From(ctx)
	if v.IsGuest() {
		return followed, nil
	}
	rows, err := s.DB.Read().Follow.Query().Where(follow.UserID(v.ID), follow.StoreIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up which of %d stores are followed: %w", len(ids), err)
	}
	for _, row := range rows {
		followed[*row.StoreID] = true
	}
	return followed, nil
}

// FollowsOf returns a page of what a user follows, stores and coupons, newest first; what is deleted
// is left out. Only the user and an ADMIN may ask; others get [fault.Forbidden].
func (s *Service) FollowsOf(ctx context.Context, userID string, args page.Args) (*FollowConnection, error) {
	if who := viewer.From(ctx); who.ID != userID && !who.IsAdmin() {
		return nil, fault.Forbidden
	}
	window, err := page.NewWindow(args, page.ByID(true, func(f *ent.Follow) string { return f.ID }))
	if err != nil {
		return nil, err
	}
	query := s.DB.Read().Follow.Query().Where(
		follow.UserID(userID),
		follow.Or(
			follow.HasStoreWith(store.DeletedAtIsNil()),
			follow.HasCouponWith(coupon.DeletedAtIsNil()),
		))
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the follows of %s: %w", userID, err)
	}
	return window.Build(rows), nil
}

// FollowByID returns a follow of the viewer; [ErrNotFound] when it is somebody else's or none.
func (s *Service) FollowByID(ctx context.Context, id string) (*ent.Follow, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, ErrNotFound.Wrap(err)
	}
	row, err := s.DB.Read().Follow.Query().Where(follow.ID(id), follow.UserID(v.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get follow %s: %w", id, err)
	}
	return row, nil
}
