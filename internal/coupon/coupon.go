// Package coupon is first-come coupons: their life, the race for them, the till, and their news.
package coupon

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Connection is a page of coupons.
type Connection = page.Connection[*ent.Coupon]

// Edge is a coupon in a list.
type Edge = page.Edge[*ent.Coupon]

// ClaimConnection is a page of claims.
type ClaimConnection = page.Connection[*ent.CouponClaim]

// ClaimEdge is a claim in a list.
type ClaimEdge = page.Edge[*ent.CouponClaim]

// Discount is what a coupon takes off the price: Value is won for AMOUNT and per cent for PERCENT;
// MaxAmount, in won, bounds a PERCENT.
type Discount struct {
	Kind      coupon.DiscountKind
	Value     int
	MaxAmount *int
}

// UsageDay counts what happened to a coupon on one day.
type UsageDay struct {
	Date     calendar.Date
	Claimed  int
	Redeemed int
}

// Filter says which coupons to list; all conditions hold together.
type Filter struct {
	Search       *string
	StoreID      *string
	Status       *Status
	DiscountKind *coupon.DiscountKind
}

// CreateInput describes a new coupon.
type CreateInput struct {
	StoreID        string
	Title          string
	Description    *string
	Discount       Discount
	MinOrderAmount int
	Quantity       int
	StartsAt       time.Time
	EndsAt         time.Time
	ExpiresAt      time.Time
	IdempotencyKey *string
}

// UpdateInput says what changes in a coupon; what is not set stays.
type UpdateInput struct {
	ID             string
	Title          graphql.Omittable[*string]
	Description    graphql.Omittable[*string]
	Discount       graphql.Omittable[*Discount]
	MinOrderAmount graphql.Omittable[*int]
	Quantity       graphql.Omittable[*int]
	StartsAt       graphql.Omittable[*time.Time]
	EndsAt         graphql.Omittable[*time.Time]
	ExpiresAt      graphql.Omittable[*time.Time]
	Paused         graphql.Omittable[*bool]
}

// ClaimInput says which coupon to claim.
type ClaimInput struct {
	CouponID       string
	IdempotencyKey *string
}

// Recommendation is a coupon that may please the viewer.
type Recommendation struct {
	Coupon *ent.Coupon
	Reason string
	Source Source
}

// Source says who chose a recommendation.
type Source string

// Who chooses recommendations.
const (
	SourceLLM        Source = "LLM"
	SourcePopularity Source = "POPULARITY"
)

// Stock is how much of a coupon is left.
type Stock struct {
	Coupon    *ent.Coupon
	Remaining int
	Status    Status
}

// News says why a coupon is news.
type News string

// Why a coupon is news.
const (
	NewsNew      News = "NEW"
	NewsReissued News = "REISSUED"
)

// Published is an entry of the log of published coupons. Coupon and News are nil with Reset.
type Published struct {
	Cursor string
	Reset  bool
	News   *News
	Coupon *ent.Coupon
}

// Claimed is an entry of the log of a user's claims. Claim is nil with Reset.
type Claimed struct {
	Cursor string
	Reset  bool
	Claim  *ent.CouponClaim
}
