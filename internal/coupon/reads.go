package coupon

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// noteTime notes when the status of a coupon changes by itself next.
func (s *Service) noteTime(ctx context.Context, rows ...*ent.Coupon) {
	if !reads.Observed(ctx) {
		return
	}
	now := s.Now()
	for _, c := range rows {
		reads.Until(ctx, nextTurn(c.StartsAt, c.EndsAt, now))
	}
}

// nextTurn returns the first instant after now at which the status is another by the time alone: see
// [StatusAt]. It is zero when there is none.
func nextTurn(startsAt, endsAt, now time.Time) time.Time {
	switch over := endsAt.Add(instant); {
	case startsAt.After(now):
		return startsAt
	case over.After(now):
		return over
	}
	return time.Time{}
}

// noteRows notes the coupons of a list.
func (s *Service) noteRows(ctx context.Context, rows []*ent.Coupon) {
	for _, c := range rows {
		reads.Note(ctx, c.ID)
	}
	s.noteTime(ctx, rows...)
}

// noteList notes what decides which coupons a list of these stores holds at now, nil for all stores, and
// in which order.
func (s *Service) noteList(ctx context.Context, storeIDs []string, filter *Filter, order *Order, now time.Time) error {
	if !reads.Observed(ctx) {
		return nil
	}
	byClaims := order != nil && order.Field == OrderByPopularity
	tags := []string{reads.Coupons}
	if byClaims {
		tags = append(tags, reads.Claims)
	}
	if storeIDs != nil {
		tags = tags[:0]
	}
	for _, id := range storeIDs {
		tags = append(tags, reads.CouponsOf(id))
		if byClaims {
			tags = append(tags, reads.ClaimsOf(id))
		}
	}
	reads.Note(ctx, tags...)
	if filter == nil || filter.Status == nil {
		return nil
	}
	return s.noteTurns(ctx, storeIDs, now)
}

// noteTurns notes when the next of the coupons begins or ends: it then comes into a list by status, or
// leaves it.
func (s *Service) noteTurns(ctx context.Context, storeIDs []string, now time.Time) error {
	living := func() *ent.CouponQuery {
		query := s.deps.DB.Read().Coupon.Query().Where(coupon.DeletedAtIsNil()).Limit(1)
		if storeIDs != nil {
			query.Where(coupon.StoreIDIn(storeIDs...))
		}
		return query
	}
	starts, err := living().Where(coupon.StartsAtGT(now)).Order(coupon.ByStartsAt()).All(ctx)
	if err != nil {
		return fmt.Errorf("look for the next start: %w", db.Fault(err))
	}
	ends, err := living().Where(coupon.EndsAtGTE(now)).Order(coupon.ByEndsAt()).All(ctx)
	if err != nil {
		return fmt.Errorf("look for the next end: %w", db.Fault(err))
	}
	for _, c := range starts {
		reads.Until(ctx, c.StartsAt)
	}
	for _, c := range ends {
		reads.Until(ctx, c.EndsAt.Add(instant))
	}
	return nil
}

// stores returns the stores that the filter narrows a list to; nil for all.
func (f *Filter) stores() []string {
	if f == nil || f.StoreID == nil {
		return nil
	}
	return []string{*f.StoreID}
}
