package coupon

import "github.com/moa-bff/moa/internal/platform/page"

// Order is the order of a list of coupons.
type Order struct {
	Field     OrderField
	Direction page.Direction
}

// OrderField is what coupons can be ordered by.
type OrderField string

// What coupons can be ordered by.
const (
	OrderByPopularity OrderField = "POPULARITY"
	OrderByStartsAt   OrderField = "STARTS_AT"
	OrderByCreatedAt  OrderField = "CREATED_AT"
)
