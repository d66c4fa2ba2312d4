package dataimport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/secret"
)

// claimRow is a line of a file of claims.
type claimRow struct {
	row
	couponExternalID   string
	customerExternalID string
	claimedAt          time.Time
	redeemedAt         *time.Time
}

func readClaim(r row) (c claimRow, err error) {
	c.row = r
	var faults [4]error
	c.couponExternalID, faults[0] = r.id("coupon_external_id")
	c.customerExternalID, faults[1] = r.id("customer_external_id")
	c.claimedAt, faults[2] = r.instant("claimed_at")
	c.redeemedAt, faults[3] = r.optionalInstant("redeemed_at")
	if err := errors.Join(faults[:]...); err != nil {
		return c, err
	}
	if c.redeemedAt != nil && c.redeemedAt.Before(c.claimedAt) {
		return c, errors.New("it is redeemed before it is claimed")
	}
	return c, nil
}

// pair is what there is one claim of, ever: a coupon and a user.
type pair struct{ couponID, userID string }

// writeClaims creates what is missing, and redeems what has been redeemed since. It never gives out
// more of a coupon than there is, and keeps each coupon's count equal to its claims.
func writeClaims(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readClaim)
	coupons, err := b.couponsByExternalID(ctx, collect(parsed, func(c claimRow) string { return c.couponExternalID }))
	if err != nil {
		return err
	}
	customers, err := b.usersByExternalID(ctx, collect(parsed, func(c claimRow) string { return c.customerExternalID }))
	if err != nil {
		return err
	}
	existing, err := b.claims(ctx, coupons, customers)
	if err != nil {
		return err
	}
	claimed := map[string]int{}
	var creates []*ent.CouponClaimCreate
	for _, c := range parsed {
		coupon, customer := coupons[c.couponExternalID], customers[c.customerExternalID]
		if reason := c.refuse(coupon, customer); reason != "" {
			b.reject(c.row, "%s", reason)
			continue
		}
		if before := existing[pair{coupon.ID, customer.ID}]; before != nil {
			if err := c.update(ctx, b, before); err != nil {
				return err
			}
			continue
		}
		if coupon.ClaimedCount+claimed[coupon.ID] >= coupon.Quantity {
			b.reject(c.row, "all %d of the coupon are claimed", coupon.Quantity)
			continue
		}
		claimed[coupon.ID]++
		creates = append(creates, c.create(b, coupon, customer))
	}
	if len(creates) > 0 {
		if err := b.tx.CouponClaim.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d claims: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return b.countClaims(ctx, claimed)
}

// claims returns the claims of the customers on the coupons.
func (b *batch) claims(ctx context.Context, coupons map[string]*ent.Coupon, customers map[string]*ent.User) (map[pair]*ent.CouponClaim, error) {
	var couponIDs, userIDs []string
	for _, c := range coupons {
		couponIDs = append(couponIDs, c.ID)
	}
	for _, u := range customers {
		userIDs = append(userIDs, u.ID)
	}
	rows, err := b.tx.CouponClaim.Query().
		Where(couponclaim.CouponIDIn(couponIDs...), couponclaim.UserIDIn(userIDs...)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the claims on %d coupons: %w", len(couponIDs), err)
	}
	found := make(map[pair]*ent.CouponClaim, len(rows))
	for _, c := range rows {
		found[pair{c.CouponID, c.UserID}] = c
	}
	return found, nil
}

// refuse returns why the claim cannot be; empty when it can.
func (c claimRow) refuse(coupon *ent.Coupon, customer *ent.User) string {
	switch {
	case coupon == nil:
		return fmt.Sprintf("there is no coupon %s: import the coupons first", c.couponExternalID)
	case customer == nil:
		return fmt.Sprintf("there is no customer %s: import the customers first", c.customerExternalID)
	case customer.DeletedAt != nil:
		return fmt.Sprintf("the account of customer %s is deleted", c.customerExternalID)
	}
	return ""
}

func (c claimRow) create(b *batch, coupon *ent.Coupon, customer *ent.User) *ent.CouponClaimCreate {
	create := b.tx.CouponClaim.Create().
		SetCouponID(coupon.ID).SetUserID(customer.ID).SetCode(secret.Code()).
		SetClaimedAt(c.claimedAt).SetExpiresAt(coupon.ExpiresAt)
	b.days[calendar.DateOf(c.claimedAt)] = true
	if c.redeemedAt != nil {
		create.SetStatus(couponclaim.StatusUSED).SetRedeemedAt(*c.redeemedAt)
		b.days[calendar.DateOf(*c.redeemedAt)] = true
	}
	return create
}

// update redeems a claim that the file says was redeemed. Nothing else of a claim changes.
func (c claimRow) update(ctx context.Context, b *batch, before *ent.CouponClaim) error {
	if c.redeemedAt == nil || before.RedeemedAt != nil || before.Status == couponclaim.StatusREVOKED {
		b.unchanged++
		return nil
	}
	err := b.tx.CouponClaim.UpdateOne(before).SetStatus(couponclaim.StatusUSED).SetRedeemedAt(*c.redeemedAt).Exec(ctx)
	if err != nil {
		return fmt.Errorf("redeem claim %s: %w", before.ID, err)
	}
	b.days[calendar.DateOf(*c.redeemedAt)] = true
	b.updated++
	return nil
}

// countClaims adds new claims to the counts of their coupons, in the order of the ids as everybody
// does, so that two transactions never wait for each other.
func (b *batch) countClaims(ctx context.Context, claimed map[string]int) error {
	for _, id := range slices.Sorted(maps.Keys(claimed)) {
		err := b.tx.Coupon.UpdateOneID(id).AddClaimedCount(claimed[id]).AddVersion(1).Exec(ctx)
		if err != nil {
			return fmt.Errorf("count the claims of coupon %s: %w", id, err)
		}
	}
	return nil
}
