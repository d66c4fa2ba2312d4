package coupon

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
)

const (
	// stockPace is the least time between two states of the stock: a race changes it hundreds of
	// times a second, and nobody reads that fast.
	stockPace = 50 * time.Millisecond
	// decodedCoupons is how many states are kept decoded, so that all watchers of a coupon share it.
	decodedCoupons = 1024
)

// stockTopic names the state of a coupon on the bus.
func stockTopic(couponID string) string { return "coupon.stock." + couponID }

// setStock puts the committed coupon on the bus, for those who watch it.
func (s *Service) setStock(ctx context.Context, c *ent.Coupon) {
	shown := *c
	shown.SearchText = "" // for the database only
	shown.Edges = ent.CouponEdges{}
	value, err := json.Marshal(&shown)
	if err == nil {
		err = s.deps.Bus.Set(ctx, stockTopic(c.ID), c.Version, value)
	}
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "watchers of a stock were not told", "coupon_id", c.ID, "error", err)
	}
}

// decode reads a state from the bus. The coupon is shared: copy it before it leaves the service.
func (s *Service) decode(couponID string, version int64, value []byte) (*ent.Coupon, error) {
	if known, ok := s.decoded.Get(couponID); ok && known.Version == version {
		return known, nil
	}
	c := &ent.Coupon{}
	if err := json.Unmarshal(value, c); err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", couponID, err)
	}
	s.decoded.Add(couponID, c)
	return c, nil
}
