package coupon

import (
	"context"
	"time"

	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
)

// The events of other subjects that take coupons away. Their key is the id of the store and of its owner.
const (
	topicStoreDeleted   = "store.deleted"
	topicAccountDeleted = "account.deleted"
)

// earPause is how long to wait before a log that could not be followed is tried again.
const earPause = time.Second

// hearClosed tells the gate and the watchers of coupons that went with their store, or with the account
// of its owner, until ctx ends. Every replica tells its own: saying it twice changes nothing.
func (s *Service) hearClosed(ctx context.Context, topic string, gone func(id string) predicate.Coupon) error {
	for after := ""; ctx.Err() == nil; pause(ctx, earPause) {
		reader, err := s.deps.Bus.Follow(ctx, topic, after)
		if err != nil {
			s.deps.Logger.DebugContext(ctx, "deletions are not heard", "topic", topic, "error", err)
			continue
		}
		for entry := range reader.C() {
			after = entry.Cursor
			if !entry.Reset { // what was missed is found by the rows when somebody claims
				s.tellClosed(ctx, gone(entry.Key))
			}
		}
	}
	return nil
}

// tellClosed tells of the coupons as they stand in the rows.
func (s *Service) tellClosed(ctx context.Context, which predicate.Coupon) {
	rows, err := s.deps.DB.Read().Coupon.Query().Where(which, coupon.DeletedAtNotNil()).All(ctx)
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "watchers of deleted coupons were not told", "error", err)
		return
	}
	for _, row := range rows {
		s.gates.put(row)
		s.stock.put(row)
	}
}

// ofOwner holds for the coupons in the stores of an owner.
func ofOwner(id string) predicate.Coupon { return coupon.HasStoreWith(store.OwnerID(id)) }
