package dataimport

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
)

// storeRow is a line of a file of stores.
type storeRow struct {
	row
	externalID string
	name       string
	category   string
	address    *string
	latitude   *float64
	longitude  *float64
	ownerEmail string
}

// placeholders are points that stand for "unknown" in public data: where the meridian of Greenwich
// meets the equator, and what the geocoder of the Korean store registers answers without an address.
func placeholders() [][2]float64 {
	return [][2]float64{{0, 0}, {33.47773679757165, 124.84636056874969}}
}

func readStore(r row) (s storeRow, err error) {
	s.row = r
	var faults [6]error
	s.externalID, faults[0] = r.id("external_id")
	s.name, faults[1] = r.line("name", 1, maxStoreName)
	s.category, faults[2] = r.line("category", 1, 40)
	address, tooLong := r.line("address", 0, 200)
	s.latitude, faults[3] = r.degrees("latitude", 90)
	s.longitude, faults[4] = r.degrees("longitude", 180)
	s.ownerEmail, faults[5] = r.email("owner_email")
	if address != "" {
		s.address = &address
	}
	s.forgetUnknownPlace()
	return s, errors.Join(append(faults[:], tooLong)...)
}

// forgetUnknownPlace clears half a place, and points that mean none.
func (s *storeRow) forgetUnknownPlace() {
	if s.latitude != nil && s.longitude != nil {
		for _, p := range placeholders() {
			if *s.latitude == p[0] && *s.longitude == p[1] {
				s.latitude, s.longitude = nil, nil
				return
			}
		}
		return
	}
	s.latitude, s.longitude = nil, nil
}

// writeStores creates what is missing and updates what differs. Owners are known by their e-mail
// address and are created without a password. Deleted stores stay deleted.
func writeStores(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readStore)
	owners, err := b.owners(ctx, collect(parsed, func(s storeRow) string { return s.ownerEmail }))
	if err != nil {
		return err
	}
	existing, err := b.storesByExternalID(ctx, collect(parsed, func(s storeRow) string { return s.externalID }))
	if err != nil {
		return err
	}
	names, err := b.storeNames(ctx, wantedNames(parsed, owners, existing))
	if err != nil {
		return err
	}
	var creates []*ent.StoreCreate
	for _, s := range parsed {
		owner, before := owners[s.ownerEmail], existing[s.externalID]
		switch {
		case owner == nil:
			b.reject(s.row, "the account of %s is deleted", s.ownerEmail)
		case before == nil:
			creates = append(creates, s.create(b, owner.ID, names.take(owner.ID, s.name)))
		case before.OwnerID != owner.ID:
			b.reject(s.row, "the store belongs to another owner")
		default:
			if err := s.update(ctx, b, before, names); err != nil {
				return err
			}
		}
	}
	if len(creates) > 0 {
		if err := b.tx.Store.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d stores: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return nil
}

// wantedNames returns the names of the stores that are new or are called otherwise now.
func wantedNames(rows []storeRow, owners map[string]*ent.User, existing map[string]*ent.Store) (wanted []ownedName) {
	for _, s := range rows {
		owner, before := owners[s.ownerEmail], existing[s.externalID]
		if owner != nil && (before == nil || !isNumbered(before.Name, s.name)) {
			wanted = append(wanted, ownedName{owner.ID, s.name})
		}
	}
	return wanted
}

func (b *batch) storesByExternalID(ctx context.Context, ids []string) (map[string]*ent.Store, error) {
	rows, err := b.tx.Store.Query().Where(store.ExternalIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d stores: %w", len(ids), err)
	}
	found := make(map[string]*ent.Store, len(rows))
	for _, s := range rows {
		found[*s.ExternalID] = s
	}
	return found, nil
}

func (s storeRow) searchText(name string) string {
	address := ""
	if s.address != nil {
		address = *s.address
	}
	return db.SearchText(name, s.category, address)
}

func (s storeRow) create(b *batch, ownerID, name string) *ent.StoreCreate {
	return b.tx.Store.Create().
		SetExternalID(s.externalID).SetOwnerID(ownerID).SetCreatedAt(b.now).
		SetName(name).SetCategory(s.category).SetNillableAddress(s.address).
		SetNillableLatitude(s.latitude).SetNillableLongitude(s.longitude).
		SetSearchText(s.searchText(name))
}

// update changes a store to what the file says, when that differs.
func (s storeRow) update(ctx context.Context, b *batch, before *ent.Store, names *storeNames) error {
	name := before.Name
	if !isNumbered(before.Name, s.name) {
		name = s.name
	}
	if before.DeletedAt != nil || name == before.Name && before.Category == s.category &&
		equal(before.Address, s.address) && equal(before.Latitude, s.latitude) && equal(before.Longitude, s.longitude) {
		b.unchanged++
		return nil
	}
	if name != before.Name {
		name = names.take(before.OwnerID, s.name)
	}
	text := s.searchText(name)
	if before.Description != nil {
		text += "\n" + db.SearchText(*before.Description)
	}
	change := b.tx.Store.UpdateOne(before).SetName(name).SetCategory(s.category).SetSearchText(text)
	db.Assign(s.address, change.SetAddress, change.ClearAddress)
	db.Assign(s.latitude, change.SetLatitude, change.ClearLatitude)
	db.Assign(s.longitude, change.SetLongitude, change.ClearLongitude)
	if err := change.Exec(ctx); err != nil {
		return fmt.Errorf("update store %s: %w", before.ID, err)
	}
	b.updated++
	return nil
}
