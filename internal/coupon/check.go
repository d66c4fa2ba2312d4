package coupon

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// The limits of a coupon.
const (
	maxTitle       = 100
	maxDescription = 2000
	maxQuantity    = 10_000_000
	// lateStart is how far in the past a start still counts as now: clocks differ, and forms take
	// their time.
	lateStart = 5 * time.Minute
)

// checkNew returns every fault of a new coupon.
func (s *Service) checkNew(input CreateInput) error {
	now := s.Now()
	faults := checkTerms(terms{
		title: input.Title, description: input.Description, discount: input.Discount,
		minOrderAmount: input.MinOrderAmount, quantity: input.Quantity,
	})
	if input.StartsAt.Before(now.Add(-lateStart)) {
		faults = append(faults, ErrStartsInPast.At("startsAt"))
	}
	if !input.EndsAt.After(now) {
		faults = append(faults, ErrPeriodInvalid.At("endsAt"))
	}
	return append(faults, checkPeriod(input.StartsAt, input.EndsAt, input.ExpiresAt, faults)...).Err()
}

// terms are what a coupon says, apart from its times.
type terms struct {
	title          string
	description    *string
	discount       Discount
	minOrderAmount int
	quantity       int
}

func checkTerms(t terms) (faults fault.List) {
	if n := utf8.RuneCountInString(t.title); strings.TrimSpace(t.title) == "" || n > maxTitle {
		faults = append(faults, ErrTitleInvalid.At("title"))
	}
	if t.description != nil && utf8.RuneCountInString(*t.description) > maxDescription {
		faults = append(faults, ErrDescriptionInvalid.At("description"))
	}
	if !t.discount.valid() {
		faults = append(faults, ErrDiscountInvalid.At("discount"))
	}
	if t.minOrderAmount < 0 {
		faults = append(faults, ErrMinOrderAmountInvalid.At("minOrderAmount"))
	}
	if t.quantity < 1 || t.quantity > maxQuantity {
		faults = append(faults, ErrQuantityInvalid.At("quantity"))
	}
	return faults
}

// valid reports whether the discount takes something off, and no more than everything.
func (d Discount) valid() bool {
	if d.Value < 1 || d.MaxAmount != nil && *d.MaxAmount < 1 {
		return false
	}
	return d.Kind != coupon.DiscountKindPERCENT || d.Value <= 100
}

// checkPeriod returns what is wrong with the order of the times, unless found already names it.
func checkPeriod(starts, ends, expires time.Time, found fault.List) (faults fault.List) {
	if !ends.After(starts) && !named(found, ErrPeriodInvalid) {
		faults = append(faults, ErrPeriodInvalid.At("endsAt"))
	}
	if expires.Before(ends) {
		faults = append(faults, ErrExpiresBeforeEnd.At("expiresAt"))
	}
	return faults
}

func named(list fault.List, code *fault.Error) bool {
	for _, f := range list {
		if f.Is(code) {
			return true
		}
	}
	return false
}
