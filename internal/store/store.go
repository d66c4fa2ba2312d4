// Package store is the shops of the neighbourhood: who runs them, where they are, who follows them.
package store

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Connection is a page of stores.
type Connection = page.Connection[*ent.Store]

// Edge is a store in a list.
type Edge = page.Edge[*ent.Store]

// FollowConnection is a page of follows.
type FollowConnection = page.Connection[*ent.Follow]

// FollowEdge is a follow in a list.
type FollowEdge = page.Edge[*ent.Follow]

// Location is a point on the map (WGS 84), in degrees.
type Location struct {
	Latitude  float64
	Longitude float64
}

// Near is a circle on the map; its radius is in metres.
type Near struct {
	Latitude     float64
	Longitude    float64
	RadiusMeters int
}

// Filter says which stores to list; all conditions hold together.
type Filter struct {
	Search   *string
	Category *string
	OwnerID  *string
	Near     *Near
}

// CreateInput describes a new store.
type CreateInput struct {
	Name           string
	Category       string
	Description    *string
	Address        *string
	Location       *Location
	ImageKey       *string
	IdempotencyKey *string
}

// UpdateInput says what changes in a store; what is not set stays.
type UpdateInput struct {
	ID          string
	Name        graphql.Omittable[*string]
	Category    graphql.Omittable[*string]
	Description graphql.Omittable[*string]
	Address     graphql.Omittable[*string]
	Location    graphql.Omittable[*Location]
	ImageKey    graphql.Omittable[*string]
}

