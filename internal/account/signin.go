package account

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	emails "github.com/moa-bff/moa/internal/platform/email"
)

// SignIn opens a session. Faults: [ErrCredentialsInvalid], the same and as slowly whether the address
// or the password is wrong; [ErrSignInThrottled] with the time to wait; [fault.InvalidArgument] for
// cookies where none can travel.
func (s *Service) SignIn(ctx context.Context, input SignInInput) (*Session, error) {
	if err := requireCookies(ctx, input.UseCookies); err != nil {
		return nil, err
	}
	guestID, err := s.broughtAlong(ctx, input.GuestToken)
	if err != nil {
		return nil, err
	}
	emailHash := emails.Hash(input.Email)
	attempts := s.signInAttempts(ctx, emailHash)
	if err := s.attempts.Count(ctx, ErrSignInThrottled, attempts...); err != nil {
		return nil, err
	}
	u, err := s.verify(ctx, emailHash, input.Password)
	if err != nil {
		return nil, err
	}
	s.attempts.Forgive(ctx, attempts...)
	phc, err := s.renewed(ctx, *u.PasswordHash, input.Password)
	if err != nil {
		return nil, err
	}
	var (
		now *ent.User
		o   opened
	)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := unchanged(ctx, tx, u)
		if err != nil {
			return err
		}
		if phc != *current.PasswordHash {
			if current, err = tx.User.UpdateOne(current).SetPasswordHash(phc).Save(ctx); err != nil {
				return fmt.Errorf("renew a password hash: %w", err)
			}
		}
		now = current
		if err := keepSessions(ctx, tx, guestID, u.ID); err != nil {
			return err
		}
		o, err = s.open(ctx, tx, u.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, now, o, input.UseCookies)
}

// verify returns whose address and password these are. It computes one hash whatever it finds.
func (s *Service) verify(ctx context.Context, emailHash, password string) (*ent.User, error) {
	u, err := s.db.Read().User.Query().Where(user.EmailHash(emailHash), user.DeletedAtIsNil()).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, fmt.Errorf("look up an account: %w", err)
	}
	var known *string
	if u != nil {
		known = u.PasswordHash
	}
	ok, err := s.hasher.matches(ctx, password, known)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrCredentialsInvalid
	}
	return u, nil
}

// renewed returns the hash of a password as it is, or a new one when it is of an earlier cost.
func (s *Service) renewed(ctx context.Context, phc, password string) (string, error) {
	if !s.hasher.isOutdated(phc) {
		return phc, nil
	}
	return s.hasher.hash(ctx, password)
}

// unchanged returns the row of a verified user as it is now, and holds its password until the
// transaction ends: a change of the password either comes first and is seen here, or comes later and
// ends the session that is being opened.
func unchanged(ctx context.Context, tx *db.Tx, verified *ent.User) (*ent.User, error) {
	u, err := held(ctx, tx, user.ID(verified.ID), user.PasswordHash(*verified.PasswordHash))
	if ent.IsNotFound(err) {
		return nil, ErrCredentialsInvalid
	}
	if err != nil {
		return nil, fmt.Errorf("look up user %s: %w", verified.ID, err)
	}
	return u, nil
}

// held returns the row of a user who is not deleted, which nobody else changes before the transaction ends.
func held(ctx context.Context, tx *db.Tx, where ...predicate.User) (*ent.User, error) {
	query := tx.User.Query().Where(append(where, user.DeletedAtIsNil())...)
	if tx.PGX() != nil { // on SQLite the transaction holds everything
		query.ForUpdate()
	}
	return query.Only(ctx)
}
