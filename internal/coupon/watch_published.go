package coupon

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/follow"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// WatchPublished returns coupons as they are published or re-issued, of one store or, without it, of
// the stores that the viewer follows at that moment; then a guest is fault.Unauthenticated. With
// after it continues there. The channel is closed when ctx or the bus ends, or when the reader is
// too slow: the client comes back with its last cursor.
func (s *Service) WatchPublished(ctx context.Context, storeID *string, after *string) (<-chan *Published, error) {
	if storeID != nil { // the same for everybody: who asks is not looked at
		return s.followPublished(ctx, after, s.loadPublished, *storeID)
	}
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	return s.followPublished(ctx, after, func(ctx context.Context, entries []entry[publishedFacts]) ([]*Published, error) {
		entries, err := s.followed(ctx, v.ID, entries)
		if err != nil {
			return nil, err
		}
		return s.loadPublished(ctx, entries)
	})
}

// followPublished follows the news of the stores, or of all without any.
func (s *Service) followPublished(
	ctx context.Context, after *string,
	load func(ctx context.Context, entries []entry[publishedFacts]) ([]*Published, error),
	storeIDs ...string,
) (<-chan *Published, error) {
	reader, err := s.deps.Bus.Follow(ctx, TopicPublished, cursor(after), storeIDs...)
	if err != nil {
		return nil, err
	}
	reset := func(cursor string) *Published { return &Published{Cursor: cursor, Reset: true} }
	return forward(ctx, reader, reset, load), nil
}

// cursor returns where to continue; "" means from now on.
func cursor(after *string) string {
	if after == nil {
		return ""
	}
	return *after
}

// followed keeps the entries of stores that the user follows now. It asks the rows each time,
// because one follows and unfollows while the stream is open; what waits is asked about together.
func (s *Service) followed(ctx context.Context, userID string, entries []entry[publishedFacts]) ([]entry[publishedFacts], error) {
	stores := make([]string, len(entries))
	for i, e := range entries {
		stores[i] = e.facts.StoreID
	}
	rows, err := s.deps.DB.Read().Follow.Query().Where(follow.UserID(userID), follow.StoreIDIn(stores...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up followed stores: %w", db.Fault(err))
	}
	follows := make(map[string]bool, len(rows))
	for _, row := range rows {
		follows[*row.StoreID] = true
	}
	kept := entries[:0:0]
	for _, e := range entries {
		if follows[e.facts.StoreID] {
			kept = append(kept, e)
		}
	}
	return kept, nil
}

// loadPublished reads the coupons as they are now; one that is gone since is nil.
func (s *Service) loadPublished(ctx context.Context, entries []entry[publishedFacts]) ([]*Published, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.facts.CouponID
	}
	rows, err := s.deps.DB.Read().Coupon.Query().Where(coupon.IDIn(ids...), visible()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get published coupons: %w", db.Fault(err))
	}
	items := make([]*Published, len(entries))
	for i, e := range entries {
		items[i] = &Published{Cursor: e.Cursor, News: &e.facts.News}
		for _, row := range rows {
			if row.ID == e.facts.CouponID {
				items[i].Coupon = row
			}
		}
	}
	return items, nil
}
