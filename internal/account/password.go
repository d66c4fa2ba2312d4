package account

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/throttle"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// ChangePassword gives the viewer another password and ends the viewer's other sessions. Faults:
// [ErrPasswordWrong], [ErrPasswordWeak], [ErrPasswordUnchanged], [fault.RateLimited].
func (s *Service) ChangePassword(ctx context.Context, input ChangePasswordInput) (*ent.User, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkPassword(input.NewPassword); err != nil {
		return nil, at(err, "newPassword")
	}
	u, err := s.confirm(ctx, v, input.CurrentPassword)
	if err != nil {
		return nil, at(err, "currentPassword")
	}
	if composed(input.NewPassword) == composed(input.CurrentPassword) {
		return nil, ErrPasswordUnchanged.At("newPassword")
	}
	fresh, err := s.hasher.hash(ctx, input.NewPassword)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.User.Update().
			Where(user.ID(u.ID), user.PasswordHash(*u.PasswordHash), user.DeletedAtIsNil()).
			SetPasswordHash(fresh).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("change the password of %s: %w", u.ID, err)
		}
		if n == 0 { // it has been changed meanwhile
			return ErrPasswordWrong.At("currentPassword")
		}
		// After the row, whose lock a concurrent sign-in waits for.
		return s.end(ctx, tx, session.UserID(u.ID), session.IDNEQ(v.SessionID))
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// confirm returns the viewer's row when the password is the viewer's: else [ErrPasswordWrong], or
// [fault.RateLimited] for somebody who guesses with a stolen access token.
func (s *Service) confirm(ctx context.Context, v viewer.Viewer, password string) (*ent.User, error) {
	guess := throttle.Attempt{Key: "password:" + v.ID, Limit: s.limits.Password}
	if err := s.attempts.Count(ctx, fault.RateLimited, guess); err != nil {
		return nil, err
	}
	u, err := present(ctx, s.db.Read(), v.ID)
	if err != nil {
		return nil, err
	}
	ok, err := s.hasher.matches(ctx, password, u.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrPasswordWrong
	}
	s.attempts.Forgive(ctx, guess)
	return u, nil
}
