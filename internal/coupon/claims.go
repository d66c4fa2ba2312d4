package coupon

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// ClaimsOf returns a page of what a user has claimed, newest first, optionally only claims that
// stand so now. Only the user and an ADMIN may ask; others get [fault.Forbidden].
func (s *Service) ClaimsOf(ctx context.Context, userID string, args page.Args, status *couponclaim.Status) (*ClaimConnection, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if v.ID != userID && !v.IsAdmin() {
		return nil, fault.Forbidden
	}
	window, err := page.NewWindow(args, page.ByID(true, func(c *ent.CouponClaim) string { return c.ID }))
	if err != nil {
		return nil, err
	}
	query := s.deps.DB.Read().CouponClaim.Query().Where(couponclaim.UserID(userID))
	if status != nil {
		query.Where(claimStands(*status, s.Now()))
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the claims of %s: %w", userID, db.Fault(err))
	}
	return window.Build(rows), nil
}

// claimStands holds for claims whose status at now is the given one: see [ClaimStatusAt].
func claimStands(status couponclaim.Status, now time.Time) predicate.CouponClaim {
	unused := couponclaim.StatusEQ(couponclaim.StatusUNUSED)
	switch status {
	case couponclaim.StatusUNUSED:
		return couponclaim.And(unused, couponclaim.ExpiresAtGTE(now))
	case couponclaim.StatusEXPIRED:
		return couponclaim.Or(couponclaim.StatusEQ(status), couponclaim.And(unused, couponclaim.ExpiresAtLT(now)))
	}
	return couponclaim.StatusEQ(status)
}

// ViewerClaims returns the viewer's claims of the coupons, by the coupon's id; none for a guest.
func (s *Service) ViewerClaims(ctx context.Context, couponIDs []string) (map[string]*ent.CouponClaim, error) {
	v := viewer.From(ctx)
	claims := make(map[string]*ent.CouponClaim)
	if v.IsGuest() {
		return claims, nil
	}
	rows, err := s.deps.DB.Read().CouponClaim.Query().
		Where(couponclaim.UserID(v.ID), couponclaim.CouponIDIn(couponIDs...)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the viewer's claims: %w", db.Fault(err))
	}
	for _, row := range rows {
		claims[row.CouponID] = row
	}
	return claims, nil
}

// ClaimByID returns a claim to its holder, to the owner of its store and to an ADMIN; for everybody
// else it is [ErrNotFound].
func (s *Service) ClaimByID(ctx context.Context, id string) (*ent.CouponClaim, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, ErrNotFound
	}
	claim, err := s.deps.DB.Read().CouponClaim.Query().Where(couponclaim.ID(id)).WithCoupon().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get claim %s: %w", id, db.Fault(err))
	}
	if claim.UserID == v.ID || v.IsAdmin() {
		return claim, nil
	}
	mine, err := owns(ctx, s.deps.DB.Read(), v, claim.Edges.Coupon)
	if err != nil {
		return nil, err
	}
	if !mine {
		return nil, ErrNotFound
	}
	return claim, nil
}

// Code returns the code to show at the till: only to the holder, and only while the claim is UNUSED
// now; otherwise nil.
func (s *Service) Code(ctx context.Context, claim *ent.CouponClaim) *string {
	holder := viewer.From(ctx).ID
	if holder == "" || holder != claim.UserID || ClaimStatusAt(claim, s.Now()) != couponclaim.StatusUNUSED {
		return nil
	}
	return &claim.Code
}
