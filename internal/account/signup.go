package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	emails "github.com/moa-bff/moa/internal/platform/email"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// SignUp creates an account and signs in. Faults: [ErrEmailInvalid], [ErrNameInvalid],
// [ErrPasswordWeak], [ErrRoleInvalid], all at once; [ErrEmailTaken], also for the address of a deleted
// account; [fault.RateLimited]; [fault.InvalidArgument] for cookies where none can travel.
func (s *Service) SignUp(ctx context.Context, input SignUpInput) (*Session, error) {
	if err := requireCookies(ctx, input.UseCookies); err != nil {
		return nil, err
	}
	if err := s.countAddress(ctx, "sign-up", s.limits.SignUpAddress); err != nil {
		return nil, err
	}
	input.Name = cleanName(input.Name)
	if err := input.check(); err != nil {
		return nil, err
	}
	guestID, err := s.broughtAlong(ctx, input.GuestToken)
	if err != nil {
		return nil, err
	}
	hash, err := s.hasher.hash(ctx, input.Password)
	if err != nil {
		return nil, err
	}
	var (
		u *ent.User
		o opened
	)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = s.create(ctx, tx, newcomer{email: input.Email, name: input.Name, passwordHash: &hash, role: input.Role})
		if err != nil {
			return err
		}
		if err := keepSessions(ctx, tx, guestID, u.ID); err != nil {
			return err
		}
		o, err = s.open(ctx, tx, u.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, u, o, input.UseCookies)
}

// check returns every wrong field.
func (i SignUpInput) check() error {
	var faults fault.List
	complain := func(err error, field string) {
		if err != nil {
			faults = append(faults, fault.From(err).At(field))
		}
	}
	complain(checkEmail(i.Email), "email")
	complain(checkPassword(i.Password), "password")
	complain(checkName(i.Name), "name")
	if i.Role != user.RoleUSER && i.Role != user.RoleOWNER {
		complain(ErrRoleInvalid, "role")
	}
	return faults.Err()
}

// newcomer is a new account whose fields are checked.
type newcomer struct {
	email        string
	name         string
	passwordHash *string
	role         user.Role
}

// create writes a new account; a known address is [ErrEmailTaken].
func (s *Service) create(ctx context.Context, tx *db.Tx, n newcomer) (*ent.User, error) {
	u, err := tx.User.Create().
		SetEmail(strings.TrimSpace(n.email)).SetEmailHash(emails.Hash(n.email)).
		SetName(n.name).SetNillablePasswordHash(n.passwordHash).SetRole(n.role).
		SetCreatedAt(s.now()).
		Save(ctx)
	if db.IsDuplicate(err) {
		return nil, ErrEmailTaken.At("email")
	}
	if err != nil {
		return nil, fmt.Errorf("create an account: %w", err)
	}
	tx.Touch(u.ID)
	return u, s.events.Record(ctx, tx, event.New{
		Topic: TopicSignedUp, Key: u.ID, Subject: u.ID,
		Payload: map[string]any{"userId": u.ID, "role": u.Role},
	})
}
