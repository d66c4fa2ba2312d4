package coupon

import (
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
)

// Status says where a coupon stands.
type Status string

// Where a coupon can stand.
const (
	StatusUpcoming Status = "UPCOMING"
	StatusActive   Status = "ACTIVE"
	StatusSoldOut  Status = "SOLD_OUT"
	StatusEnded    Status = "ENDED"
	StatusPaused   Status = "PAUSED"
)

// StatusAt returns where c stands at the instant now: a function of the time, the pause and the
// stock, never of a stored word, so that it is right at the second of each boundary. Claiming is
// open from StartsAt to EndsAt, both included.
func StatusAt(c *ent.Coupon, now time.Time) Status {
	switch {
	case now.Before(c.StartsAt):
		return StatusUpcoming
	case now.After(c.EndsAt):
		return StatusEnded
	case c.PausedAt != nil:
		return StatusPaused
	case Remaining(c) == 0:
		return StatusSoldOut
	}
	return StatusActive
}

// Remaining returns how many of c are left.
func Remaining(c *ent.Coupon) int { return max(c.Quantity-c.ClaimedCount, 0) }

// DiscountOf returns what c takes off the price.
func DiscountOf(c *ent.Coupon) *Discount {
	return &Discount{Kind: c.DiscountKind, Value: c.DiscountValue, MaxAmount: c.DiscountMaxAmount}
}

// ClaimStatusAt returns where a claim stands at the instant now: an UNUSED one past its expiry is
// EXPIRED, also before the job has written it. A claim is good while now ≤ ExpiresAt.
func ClaimStatusAt(c *ent.CouponClaim, now time.Time) couponclaim.Status {
	if c.Status == couponclaim.StatusUNUSED && now.After(c.ExpiresAt) {
		return couponclaim.StatusEXPIRED
	}
	return c.Status
}
