package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// UpdateProfile changes the viewer's name and picture, what is set of them; a null picture removes it.
// Faults: [ErrNameInvalid], also for a null name; those of [media.Service.Attach].
func (s *Service) UpdateProfile(ctx context.Context, input UpdateProfileInput) (*ent.User, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := input.check(); err != nil {
		return nil, err
	}
	u, err := present(ctx, s.db.Read(), v.ID)
	if err != nil {
		return nil, err
	}
	avatar, changes := input.AvatarKey.ValueOK()
	changes = changes && !same(avatar, u.AvatarKey) // a repeated request has attached it already
	if changes {
		if _, err := s.media.Attach(ctx, avatar, upload.PurposeAVATAR); err != nil {
			return nil, at(err, "avatarKey")
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = held(ctx, tx, user.ID(v.ID))
		if ent.IsNotFound(err) {
			return fault.Unauthenticated
		}
		if err != nil {
			return fmt.Errorf("look up user %s: %w", v.ID, err)
		}
		update := tx.User.UpdateOne(u)
		if name, ok := input.Name.ValueOK(); ok {
			update.SetName(cleanName(*name))
		}
		if changes {
			if err := s.replaceAvatar(ctx, tx, update, u.AvatarKey, avatar); err != nil {
				return err
			}
		}
		if u, err = update.Save(ctx); err != nil {
			return fmt.Errorf("update the profile of %s: %w", v.ID, err)
		}
		tx.Touch(v.ID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// replaceAvatar adds the new picture to the update, or none, and gives the old one back.
func (s *Service) replaceAvatar(ctx context.Context, tx *db.Tx, update *ent.UserUpdateOne, old, avatar *string) error {
	if avatar == nil {
		update.ClearAvatarKey()
	} else {
		update.SetAvatarKey(*avatar)
	}
	if old == nil {
		return nil
	}
	return s.media.Release(ctx, tx, *old)
}

// check returns [ErrNameInvalid] for a name that is set and cannot be kept; nobody is without a name.
func (i UpdateProfileInput) check() error {
	name, ok := i.Name.ValueOK()
	switch {
	case !ok:
		return nil
	case name == nil:
		return ErrNameInvalid.At("name")
	}
	return at(checkName(cleanName(*name)), "name")
}

// same reports whether two optional texts are equal.
func same(a, b *string) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// at gives a fault of the business its place in the input; other errors pass as they are.
func at(err error, field string) error {
	var f *fault.Error
	if errors.As(err, &f) && f.IsBusiness() {
		return f.At(field)
	}
	return err
}
