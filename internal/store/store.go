// Package store is the shops of the neighbourhood: who runs them, where they are, who follows them.
package store

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Why a change of a store is refused.
var (
	ErrNotFound           = fault.Business("STORE_NOT_FOUND")
	ErrNotOwner           = fault.Business("STORE_NOT_OWNER")
	ErrNameTaken          = fault.Business("STORE_NAME_TAKEN")
	ErrNameInvalid        = fault.Business("STORE_NAME_INVALID")
	ErrCategoryInvalid    = fault.Business("STORE_CATEGORY_INVALID")
	ErrDescriptionInvalid = fault.Business("STORE_DESCRIPTION_INVALID")
	ErrAddressInvalid     = fault.Business("STORE_ADDRESS_INVALID")
	ErrLocationInvalid    = fault.Business("STORE_LOCATION_INVALID")
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

// LocationOf returns where a store is, or nil when that is not known.
func LocationOf(s *ent.Store) *Location {
	if s.Latitude == nil || s.Longitude == nil {
		return nil
	}
	return &Location{Latitude: *s.Latitude, Longitude: *s.Longitude}
}

// DistanceFrom returns how far a store is from a point, in metres as the crow flies, or nil when it
// is not known where the store is.
func DistanceFrom(s *ent.Store, from Location) *float64 {
	place := LocationOf(s)
	if place == nil {
		return nil
	}
	distance := db.Distance(place.Latitude, place.Longitude, from.Latitude, from.Longitude)
	return &distance
}

// onEarth reports whether the point is one of the map.
func (l Location) onEarth() bool {
	return l.Latitude >= -90 && l.Latitude <= 90 && l.Longitude >= -180 && l.Longitude <= 180
}
