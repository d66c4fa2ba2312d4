package account

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// SignOut ends one session on every replica and clears its cookies: the session of the given refresh
// token, else the viewer's, else that of the cookie. It returns who was signed in; doing it again is
// no error. A token that is unknown, or none at all, is [ErrRefreshTokenInvalid].
func (s *Service) SignOut(ctx context.Context, input SignOutInput) (*ent.User, error) {
	family, err := s.sessionOf(ctx, input)
	if ent.IsNotFound(err) {
		s.clearCookies(ctx)
		return nil, ErrRefreshTokenInvalid.At("refreshToken")
	}
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.end(ctx, tx, session.ID(family.ID))
	})
	if err != nil {
		return nil, err
	}
	s.clearCookies(ctx)
	return family.Edges.User, nil
}

// sessionOf returns the session that a sign-out names, with its user.
func (s *Service) sessionOf(ctx context.Context, input SignOutInput) (*ent.Session, error) {
	if v := viewer.From(ctx); input.RefreshToken == nil && !v.IsGuest() {
		row, err := s.db.Read().Session.Query().Where(session.ID(v.SessionID)).WithUser().Only(ctx)
		if err != nil {
			return nil, fmt.Errorf("look up session %s: %w", v.SessionID, err)
		}
		return row, nil
	}
	token, _ := refreshTokenOf(ctx, input.RefreshToken)
	row, err := tokenRow(ctx, s.db.Read(), token)
	if err != nil {
		return nil, err
	}
	return row.Edges.Session, nil
}
