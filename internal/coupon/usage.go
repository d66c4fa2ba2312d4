package coupon

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/couponusageday"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

const (
	// maxUsageDays is the longest range of a usage report.
	maxUsageDays = 31
	// liveDays are counted from the claims when the nightly job has not written them: today, and
	// yesterday until the job has run.
	liveDays = 2
)

// Usage returns how often a coupon was claimed and redeemed on each day of the range, zeros
// included. Only the owner of its store and an ADMIN may ask; others get [fault.Forbidden]. A range
// that is reversed, longer than 31 days or in the future is [fault.InvalidArgument].
func (s *Service) Usage(ctx context.Context, c *ent.Coupon, from, to calendar.Date) ([]*UsageDay, error) {
	v := viewer.From(ctx)
	mine, err := owns(ctx, s.deps.DB.Read(), v, c)
	if err != nil {
		return nil, err
	}
	if !mine && !v.IsAdmin() {
		return nil, fault.Forbidden
	}
	today := calendar.DateOf(s.Now())
	if to.Before(from) || from.DaysUntil(to) >= maxUsageDays {
		return nil, fault.InvalidArgument.At("from")
	}
	if today.Before(to) {
		return nil, fault.InvalidArgument.At("to")
	}
	written, err := s.writtenDays(ctx, c.ID, from, to)
	if err != nil {
		return nil, err
	}
	days := make([]*UsageDay, 0, maxUsageDays)
	for date := from; !to.Before(date); date = date.Add(1) {
		day := written[date.String()]
		if day == nil {
			day = &UsageDay{Date: date}
			if date.DaysUntil(today) < liveDays {
				if err := s.countDay(ctx, c.ID, day); err != nil {
					return nil, err
				}
			}
		}
		days = append(days, day)
	}
	return days, nil
}

// writtenDays reads what the nightly job has written.
func (s *Service) writtenDays(ctx context.Context, couponID string, from, to calendar.Date) (map[string]*UsageDay, error) {
	rows, err := s.deps.DB.Read().CouponUsageDay.Query().
		Where(couponusageday.CouponID(couponID), couponusageday.DateGTE(from.String()), couponusageday.DateLTE(to.String())).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the usage of %s: %w", couponID, db.Fault(err))
	}
	days := make(map[string]*UsageDay, len(rows))
	for _, row := range rows {
		date, err := calendar.ParseDate(row.Date)
		if err != nil {
			return nil, fmt.Errorf("read the usage of %s: %w", couponID, err)
		}
		days[row.Date] = &UsageDay{Date: date, Claimed: row.Claimed, Redeemed: row.Redeemed}
	}
	return days, nil
}

// countDay counts a day from the claims themselves.
func (s *Service) countDay(ctx context.Context, couponID string, day *UsageDay) error {
	count := func(column string) (int, error) {
		within := func(sel *sql.Selector) {
			sel.Where(sql.And(sql.GTE(sel.C(column), day.Date.Start()), sql.LT(sel.C(column), day.Date.End())))
		}
		return s.deps.DB.Read().CouponClaim.Query().Where(couponclaim.CouponID(couponID), within).Count(ctx)
	}
	var err error
	if day.Claimed, err = count(couponclaim.FieldClaimedAt); err == nil {
		day.Redeemed, err = count(couponclaim.FieldRedeemedAt)
	}
	if err != nil {
		return fmt.Errorf("count the usage of %s: %w", couponID, db.Fault(err))
	}
	return nil
}
