package coupon

import (
	"context"
	"strings"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
)

// tellLate tells the gate and the watchers of the stock how the coupons of late events stand now: whoever
// committed them may have been killed before it told. Where it was not, nothing is new to anybody.
func (s *Service) tellLate(ctx context.Context, events []*ent.Event) {
	asked := map[string]bool{}
	var ids []string
	for _, e := range events {
		if strings.HasPrefix(e.Topic, "coupon.") && !asked[e.Subject] {
			asked[e.Subject] = true
			ids = append(ids, e.Subject)
		}
	}
	rows, err := s.deps.DB.Read().Coupon.Query().Where(coupon.IDIn(ids...)).All(ctx)
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "watchers of a stock were not told late", "coupons", len(ids), "error", err)
		return
	}
	for _, row := range rows {
		s.gates.put(row)
		s.stock.put(row)
	}
}
