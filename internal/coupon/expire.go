package coupon

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/db"
)

// expireChunk is how many claims expire in one transaction, so that claims of other coupons do not
// wait for long.
const expireChunk = 1000

// expire marks what is unused and past its expiry, of one coupon or, with "", of all. Claims read
// as EXPIRED before that already.
func (s *Service) expire(ctx context.Context, couponID string) error {
	for {
		n, err := s.expireSome(ctx, couponID)
		if err != nil {
			return fmt.Errorf("expire claims: %w", err)
		}
		if n < expireChunk {
			return nil
		}
	}
}

func (s *Service) expireSome(ctx context.Context, couponID string) (n int, err error) {
	due := []predicate.CouponClaim{
		couponclaim.StatusEQ(couponclaim.StatusUNUSED),
		couponclaim.ExpiresAtLT(s.Now()),
	}
	if couponID != "" {
		due = append(due, couponclaim.CouponID(couponID))
	}
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		some := func(outer *entsql.Selector) {
			inner := entsql.Dialect(outer.Dialect()).Select(couponclaim.FieldID).From(entsql.Table(couponclaim.Table)).Limit(expireChunk)
			for _, p := range due {
				p(inner)
			}
			outer.Where(entsql.In(outer.C(couponclaim.FieldID), inner))
		}
		// The status is asked again, because a till may have been quicker.
		n, err = tx.CouponClaim.Update().
			Where(couponclaim.StatusEQ(couponclaim.StatusUNUSED), some).
			SetStatus(couponclaim.StatusEXPIRED).
			Save(ctx)
		return err
	})
	return n, err
}
