package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"
	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// Update changes a store of the viewer and tells of it. Every wrong field is named at once;
// [ErrNotFound], [ErrNotOwner] and [ErrNameTaken] as they say.
func (s *Service) Update(ctx context.Context, input UpdateInput) (*ent.Store, error) {
	before, err := own(ctx, s.DB.Read(), input.ID, false)
	if err != nil {
		return nil, err
	}
	if err := input.check(); err != nil {
		return nil, err
	}
	var picture *string
	if key, set := input.ImageKey.ValueOK(); set && key != nil && *key != deref(before.ImageKey) {
		if picture, err = s.attach(ctx, key); err != nil {
			return nil, err
		}
	}
	var row *ent.Store
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err = s.update(ctx, tx, input, picture)
		return err
	})
	if err != nil {
		s.release(ctx, picture)
		return nil, err
	}
	return row, nil
}

// check brings the input into the form that is kept.
func (i *UpdateInput) check() error {
	var c checker
	if text, set := i.Name.ValueOK(); set {
		name := c.name(text)
		i.Name = graphql.OmittableOf(&name)
	}
	if text, set := i.Category.ValueOK(); set {
		category := c.category(text)
		i.Category = graphql.OmittableOf(&category)
	}
	if text, set := i.Description.ValueOK(); set {
		i.Description = graphql.OmittableOf(c.description(text))
	}
	if text, set := i.Address.ValueOK(); set {
		i.Address = graphql.OmittableOf(c.address(text))
	}
	c.location(i.Location.Value())
	return c.faults.Err()
}

// update reads the store once more, under a lock: what search looks through is made of several
// fields, which two changes at once must not take from different times.
func (s *Service) update(ctx context.Context, tx *db.Tx, input UpdateInput, picture *string) (*ent.Store, error) {
	before, err := own(ctx, tx.Client, input.ID, tx.Dialect() == dialect.Postgres)
	if err != nil {
		return nil, err
	}
	change := input.apply(tx.Store.UpdateOne(before), before)
	if input.ImageKey.IsSet() {
		if err := s.replacePicture(ctx, tx, change, before, input, picture); err != nil {
			return nil, err
		}
	}
	after, err := change.Save(ctx)
	if db.IsDuplicate(err) {
		return nil, ErrNameTaken.At("name").Wrap(err)
	}
	if err != nil {
		return nil, fmt.Errorf("update store %s: %w", input.ID, err)
	}
	tx.Touch(reads.StoreChanged(after.ID, after.OwnerID)...)
	return after, s.record(ctx, tx, TopicUpdated, after.ID)
}

// apply sets what the input changes, all but the picture.
func (i UpdateInput) apply(change *ent.StoreUpdateOne, before *ent.Store) *ent.StoreUpdateOne {
	name, category, description, address := before.Name, before.Category, before.Description, before.Address
	if text, set := i.Name.ValueOK(); set {
		name = *text
	}
	if text, set := i.Category.ValueOK(); set {
		category = *text
	}
	if text, set := i.Description.ValueOK(); set {
		description = text
		db.Assign(text, change.SetDescription, change.ClearDescription)
	}
	if text, set := i.Address.ValueOK(); set {
		address = text
		db.Assign(text, change.SetAddress, change.ClearAddress)
	}
	if place, set := i.Location.ValueOK(); set && place == nil {
		change.ClearLatitude().ClearLongitude()
	} else if set {
		change.SetLatitude(place.Latitude).SetLongitude(place.Longitude)
	}
	return change.SetName(name).SetCategory(category).SetSearchText(searchText(name, category, address, description))
}

// replacePicture sets or clears the picture and gives the former one back. picture is the newly
// attached one; nil when the input clears the picture or names the one that the store has.
func (s *Service) replacePicture(ctx context.Context, tx *db.Tx, change *ent.StoreUpdateOne, before *ent.Store, input UpdateInput, picture *string) error {
	if picture == nil && input.ImageKey.Value() != nil {
		return nil
	}
	db.Assign(picture, change.SetImageKey, change.ClearImageKey)
	if before.ImageKey == nil {
		return nil
	}
	return s.Media.Release(ctx, tx, *before.ImageKey)
}
