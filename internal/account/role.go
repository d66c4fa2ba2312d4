package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// SetUserRole gives a user another role and ends the user's sessions, so that no token with the old
// role goes on; the same role changes nothing. For operators: others are [fault.Forbidden]. An unknown
// or deleted user is [ErrNotFound].
func (s *Service) SetUserRole(ctx context.Context, input SetUserRoleInput) (*ent.User, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !v.IsAdmin() {
		return nil, fault.Forbidden
	}
	if !isStorable(input.UserID) {
		return nil, ErrNotFound.At("userId")
	}
	var u *ent.User
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = held(ctx, tx, user.ID(input.UserID))
		if ent.IsNotFound(err) {
			return ErrNotFound.At("userId")
		}
		if err != nil {
			return fmt.Errorf("look up user %s: %w", input.UserID, err)
		}
		if u.Role == input.Role {
			return nil
		}
		u, err = s.changeRole(ctx, tx, u, input.Role)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func (s *Service) changeRole(ctx context.Context, tx *db.Tx, u *ent.User, role user.Role) (*ent.User, error) {
	changed, err := tx.User.UpdateOneID(u.ID).SetRole(role).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("change the role of %s: %w", u.ID, err)
	}
	tx.Touch(u.ID)
	if err := s.end(ctx, tx, session.UserID(u.ID)); err != nil {
		return nil, err
	}
	return changed, s.events.Record(ctx, tx, event.New{
		Topic: TopicRoleChanged, Key: u.ID, Subject: u.ID,
		Payload: map[string]any{"userId": u.ID, "from": u.Role, "to": role},
	})
}

// isStorable reports whether an id can be asked for: PostgreSQL takes no NUL in a text.
func isStorable(id string) bool { return !strings.ContainsRune(id, 0) }
