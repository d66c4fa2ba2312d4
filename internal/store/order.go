package store

import "github.com/moa-bff/moa/internal/platform/page"

// Order is the order of a list of stores.
type Order struct {
	Field     OrderField
	Direction page.Direction
}

// OrderField is what stores can be ordered by.
type OrderField string

// What stores can be ordered by.
const (
	OrderByCreatedAt OrderField = "CREATED_AT"
	OrderByName      OrderField = "NAME"
	OrderByDistance  OrderField = "DISTANCE"
)
