package coupon

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// WatchClaimed returns the viewer's claims as they are made, on whatever device. With after it
// continues there. The channel is closed as that of [Service.WatchPublished] is.
func (s *Service) WatchClaimed(ctx context.Context, after *string) (<-chan *Claimed, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := s.deps.Bus.Follow(ctx, TopicClaimed, cursor(after), v.ID)
	if err != nil {
		return nil, err
	}
	reset := func(cursor string) *Claimed { return &Claimed{Cursor: cursor, Reset: true} }
	return forward(ctx, reader, reset, s.loadClaimed), nil
}

func (s *Service) loadClaimed(ctx context.Context, entries []entry[claimFacts]) ([]*Claimed, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.facts.ClaimID
	}
	rows, err := s.deps.DB.Read().CouponClaim.Query().Where(couponclaim.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get claims: %w", db.Fault(err))
	}
	byID := make(map[string]*ent.CouponClaim, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	items := make([]*Claimed, 0, len(entries))
	for _, e := range entries {
		if claim, ok := byID[e.facts.ClaimID]; ok {
			items = append(items, &Claimed{Cursor: e.Cursor, Claim: claim})
		}
	}
	return items, nil
}
