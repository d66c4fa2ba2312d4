package store

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Create registers a store of the viewer, who must be an owner, and tells of it. Every wrong field is
// named at once; [ErrNameTaken] when the viewer has another living store of the name.
func (s *Service) Create(ctx context.Context, input CreateInput) (*ent.Store, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Has(user.RoleOWNER) {
		return nil, fault.Forbidden
	}
	checked, err := input.check()
	if err != nil {
		return nil, err
	}
	// A retry finds its picture attached already, and must find its store before that matters.
	picture, refused := s.attach(ctx, input.ImageKey)
	request := idempotency.Request{UserID: v.ID, Operation: "createStore", Key: input.IdempotencyKey, Input: input}
	id, err := idempotency.Once(ctx, s.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		if refused != nil {
			return "", refused
		}
		return s.create(ctx, tx, v.ID, checked, picture)
	})
	if err != nil {
		s.release(ctx, picture)
		return nil, err
	}
	return s.DB.Read().Store.Get(ctx, id)
}

// check returns the input as it is kept.
func (i CreateInput) check() (CreateInput, error) {
	var c checker
	i.Name = c.name(&i.Name)
	i.Category = c.category(&i.Category)
	i.Description = c.description(i.Description)
	i.Address = c.address(i.Address)
	c.location(i.Location)
	if err := idempotency.Check(i.IdempotencyKey); err != nil {
		c.faults = append(c.faults, fault.From(err))
	}
	return i, c.faults.Err()
}

func (s *Service) create(ctx context.Context, tx *db.Tx, ownerID string, input CreateInput, picture *string) (string, error) {
	if err := tx.RequireUser(ctx, ownerID); err != nil {
		return "", err
	}
	create := tx.Store.Create().
		SetOwnerID(ownerID).
		SetCreatedAt(s.Now()).
		SetName(input.Name).
		SetCategory(input.Category).
		SetNillableDescription(input.Description).
		SetNillableAddress(input.Address).
		SetNillableImageKey(picture).
		SetSearchText(searchText(input.Name, input.Category, input.Address, input.Description))
	if input.Location != nil {
		create.SetLatitude(input.Location.Latitude).SetLongitude(input.Location.Longitude)
	}
	row, err := create.Save(ctx)
	if db.IsDuplicate(err) {
		return "", ErrNameTaken.At("name").Wrap(err)
	}
	if err != nil {
		return "", fmt.Errorf("create store: %w", err)
	}
	tx.Touch(reads.StoreChanged(row.ID, ownerID)...)
	return row.ID, s.record(ctx, tx, TopicCreated, row.ID)
}

// attach accepts an uploaded picture, over the network; nil is none.
func (s *Service) attach(ctx context.Context, key *string) (*string, error) {
	if key == nil {
		return nil, nil
	}
	kept, err := s.Media.Attach(ctx, key, upload.PurposeSTORE_IMAGE)
	if err != nil {
		return nil, at(err, "imageKey")
	}
	return &kept, nil
}

// release gives a picture back that was accepted for a change that failed. When this fails too, the
// picture is kept in vain and nothing else is wrong.
func (s *Service) release(ctx context.Context, picture *string) {
	if picture == nil {
		return
	}
	_ = s.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		return s.Media.Release(ctx, tx, *picture)
	})
}
