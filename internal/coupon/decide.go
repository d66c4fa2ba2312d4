package coupon

import (
	"slices"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/secret"
)

// decision is what becomes of a batch. It is made in memory, from rows that are locked.
type decision struct {
	batch []*request
	// again says that an earlier commit of the batch is in doubt.
	again bool
	// decided says that everything was written and only the commit was left.
	decided bool

	gone     []string               // the users whose account is no more
	coupons  map[string]*ent.Coupon // as they will stand
	byPair   map[pair]*ent.CouponClaim
	byKey    map[keyed]*ent.CouponClaim
	claims   []*ent.CouponClaim // new
	taken    map[string]int     // how many new claims of each coupon
	outcomes []outcome          // one for each request
}

// remember notes a claim, one of the rows or a new one.
func (d *decision) remember(claim *ent.CouponClaim) {
	d.byPair[pair{claim.CouponID, claim.UserID}] = claim
	if claim.IdempotencyKey != nil {
		d.byKey[keyed{claim.UserID, *claim.IdempotencyKey}] = claim
	}
}

// decide goes through the requests in the order of their arrival.
func (d *decision) decide(now time.Time) {
	now = db.Instant(now)
	d.taken = make(map[string]int)
	d.outcomes = make([]outcome, len(d.batch))
	for i, r := range d.batch {
		d.outcomes[i].claim, d.outcomes[i].err = d.decideOne(r, now)
	}
	for id := range d.taken {
		d.coupons[id].Version++
	}
}

// decideOne applies the rules to one request. What its user has already got comes before them: a
// repeated key is answered with its claim, and a claim made by this very request is its success.
func (d *decision) decideOne(r *request, now time.Time) (*ent.CouponClaim, error) {
	if r.key != nil {
		if first, ok := d.byKey[keyed{r.userID, *r.key}]; ok {
			return replay(first, r.couponID)
		}
	}
	mine, claimed := d.byPair[r.pair()]
	if claimed && mine.ID == r.claimID {
		return replay(mine, r.couponID)
	}
	if slices.Contains(d.gone, r.userID) {
		return nil, fault.Unauthenticated
	}
	c, ok := d.coupons[r.couponID]
	if !ok {
		return nil, ErrNotFound
	}
	if err := SnapshotOf(c).verdict(now).refusal(); err != nil {
		return nil, err
	}
	if claimed {
		return nil, ErrAlreadyClaimed
	}
	claim := &ent.CouponClaim{
		ID: r.claimID, CouponID: c.ID, UserID: r.userID, Status: couponclaim.StatusUNUSED,
		Code: secret.Code(), IdempotencyKey: r.key, ClaimedAt: now, ExpiresAt: c.ExpiresAt,
	}
	c.ClaimedCount++
	d.taken[c.ID]++
	d.claims = append(d.claims, claim)
	d.remember(claim)
	return claim, nil
}

// tell answers the requests.
func (d *decision) tell() {
	for i, r := range d.batch {
		r.answer <- d.outcomes[i]
	}
}
