package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	emails "github.com/moa-bff/moa/internal/platform/email"
)

// Add returns the account of an address, made with this password and role when there is none; one that
// exists stays as it is. Without a password nobody can sign in to it. It is for operators' commands and
// checks no viewer. Faults: [ErrEmailInvalid], [ErrPasswordWeak], [ErrRoleInvalid]; [ErrEmailTaken] for
// the address of a deleted account.
func (s *Service) Add(ctx context.Context, email, password string, role user.Role) (*ent.User, error) {
	if err := checkEmail(email); err != nil {
		return nil, err
	}
	if user.RoleValidator(role) != nil {
		return nil, ErrRoleInvalid
	}
	known, err := s.byEmail(ctx, email)
	if !ent.IsNotFound(err) {
		return known, err
	}
	local, _, _ := strings.Cut(emails.Normalize(email), "@")
	fresh := newcomer{email: email, name: cut(local, maxName), role: role}
	if password != "" {
		if err := checkPassword(password); err != nil {
			return nil, err
		}
		hash, err := s.hasher.hash(ctx, password)
		if err != nil {
			return nil, err
		}
		fresh.passwordHash = &hash
	}
	var u *ent.User
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = s.create(ctx, tx, fresh)
		return err
	})
	if errors.Is(err, ErrEmailTaken) { // somebody else was faster
		return s.byEmail(ctx, email)
	}
	return u, err
}

// byEmail returns the account of an address, or [ErrEmailTaken] when it is deleted.
func (s *Service) byEmail(ctx context.Context, email string) (*ent.User, error) {
	u, err := s.db.Read().User.Query().Where(user.EmailHash(emails.Hash(email))).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up an account: %w", err)
	}
	if u.DeletedAt != nil {
		return nil, ErrEmailTaken
	}
	return u, nil
}

// cut returns at most n letters of text.
func cut(text string, n int) string {
	letters := []rune(text)
	return string(letters[:min(n, len(letters))])
}

// Grant opens a session for each of the users, without their passwords, and returns the access tokens
// in their order. It is for load tests and checks no viewer.
func (s *Service) Grant(ctx context.Context, users ...*ent.User) ([]string, error) {
	var tokens []string
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		creates := make([]*ent.SessionCreate, len(users))
		for i, u := range users {
			creates[i] = tx.Session.Create().SetUserID(u.ID).SetCreatedAt(s.now())
		}
		rows, err := tx.Session.CreateBulk(creates...).Save(ctx)
		if err != nil {
			return fmt.Errorf("open %d sessions: %w", len(users), err)
		}
		tokens = make([]string, len(users))
		for i, row := range rows {
			if tokens[i], _, err = s.tokens.sign(users[i], row.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return tokens, err
}
