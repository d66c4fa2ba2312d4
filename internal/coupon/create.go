package coupon

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Create publishes a coupon in a store of the viewer; an ADMIN may in any. It refuses with
// Deps.StoreNotFound, Deps.StoreNotOwner, or every wrong field at once in a fault.List. A retry
// with the same key and input returns the first coupon.
func (s *Service) Create(ctx context.Context, input CreateInput) (*ent.Coupon, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	request := idempotency.Request{UserID: v.ID, Operation: "createCoupon", Key: input.IdempotencyKey}
	input.IdempotencyKey = nil
	request.Input = input
	var made *ent.Coupon
	id, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return "", err
		}
		if err := s.checkStore(ctx, tx, v, input.StoreID); err != nil {
			return "", err
		}
		if err := s.checkNew(input); err != nil {
			return "", err
		}
		made, err = s.insert(ctx, tx, input)
		if err != nil {
			return "", err
		}
		return made.ID, nil
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	if made == nil || made.ID != id {
		return s.Get(ctx, id)
	}
	return made, nil
}

// checkStore refuses a store that is missing or that is not the viewer's, and keeps it from being deleted
// beside its new coupon.
func (s *Service) checkStore(ctx context.Context, tx *db.Tx, v viewer.Viewer, storeID string) error {
	query := tx.Store.Query().Where(store.ID(storeID), store.DeletedAtIsNil())
	if tx.Dialect() == dialect.Postgres {
		query.ForShare()
	}
	row, err := query.Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return s.deps.StoreNotFound.At("storeId")
	case err != nil:
		return fmt.Errorf("get store %s: %w", storeID, err)
	case row.OwnerID != v.ID && !v.IsAdmin():
		return s.deps.StoreNotOwner.At("storeId")
	}
	return nil
}

// insert writes a coupon, its news and the jobs of its boundaries.
func (s *Service) insert(ctx context.Context, tx *db.Tx, input CreateInput) (*ent.Coupon, error) {
	row, err := tx.Coupon.Create().
		SetCreatedAt(db.Instant(s.Now())).
		SetStoreID(input.StoreID).
		SetTitle(input.Title).
		SetNillableDescription(input.Description).
		SetDiscountKind(input.Discount.Kind).
		SetDiscountValue(input.Discount.Value).
		SetNillableDiscountMaxAmount(input.Discount.MaxAmount).
		SetMinOrderAmount(input.MinOrderAmount).
		SetQuantity(input.Quantity).
		SetStartsAt(db.Instant(input.StartsAt)).
		SetEndsAt(db.Instant(input.EndsAt)).
		SetExpiresAt(db.Instant(input.ExpiresAt)).
		SetSearchText(searchText(input.Title, input.Description)).
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert a coupon: %w", err)
	}
	if err := s.deps.Events.Record(ctx, tx, published(row, NewsNew)); err != nil {
		return nil, err
	}
	if err := s.deps.Queue.Insert(ctx, tx, turnsOf(row)...); err != nil {
		return nil, err
	}
	s.announce(ctx, tx, row)
	return row, nil
}

// published is the news of a coupon that can be claimed, or will be.
func published(c *ent.Coupon, news News) event.New {
	return event.New{
		Topic: TopicPublished, Key: c.StoreID, Subject: c.ID,
		Payload: publishedFacts{CouponID: c.ID, StoreID: c.StoreID, News: news},
	}
}

// searchText returns what search looks through in a coupon.
func searchText(title string, description *string) string {
	if description == nil {
		return db.SearchText(title)
	}
	return db.SearchText(title, *description)
}
