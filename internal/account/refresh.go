package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/refreshtoken"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// RefreshSession trades a refresh token, given or in a cookie, for new tokens that travel the same
// way. Faults: [ErrRefreshTokenInvalid]; [ErrRefreshTokenReused] for a token that was used before,
// which ends its session, because one of the two users has stolen it (RFC 9700 §4.14.2);
// [fault.RateLimited].
func (s *Service) RefreshSession(ctx context.Context, input RefreshSessionInput) (*Session, error) {
	if err := s.countAddress(ctx, "refresh", s.limits.RefreshAddress); err != nil {
		return nil, err
	}
	token, inCookies := refreshTokenOf(ctx, input.RefreshToken)
	var r rotation
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = s.rotate(ctx, tx, token)
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.refusal == nil {
		return s.answer(ctx, r.user, r.opened, inCookies)
	}
	if inCookies {
		s.clearCookies(ctx)
		return nil, r.refusal
	}
	return nil, r.refusal.At("refreshToken")
}

// refreshTokenOf returns the given token or the one in the cookie; empty when there is none.
func refreshTokenOf(ctx context.Context, given *string) (token string, inCookies bool) {
	if given != nil {
		return *given, false
	}
	if c := cookiesOf(ctx); c != nil {
		return c.Request(RefreshCookie), true
	}
	return "", false
}

// rotation is the outcome of using a refresh token: new tokens for the user, or a refusal. A refusal is
// no error of the transaction, because ending the session must be committed.
type rotation struct {
	user    *ent.User
	opened  opened
	refusal *fault.Error
}

// rotate uses a token up. Two uses at once: the database lets one of them in.
func (s *Service) rotate(ctx context.Context, tx *db.Tx, token string) (rotation, error) {
	row, err := tokenRow(ctx, tx.Client, token)
	if ent.IsNotFound(err) {
		return rotation{refusal: ErrRefreshTokenInvalid}, nil
	}
	if err != nil {
		return rotation{}, err
	}
	family, now := row.Edges.Session, s.now()
	if family.RevokedAt != nil {
		return rotation{refusal: ErrRefreshTokenInvalid}, nil
	}
	if row.UsedAt == nil && !now.Before(row.ExpiresAt) {
		return rotation{refusal: ErrRefreshTokenInvalid}, nil
	}
	switch err := tx.RequireUser(ctx, family.UserID); {
	case errors.Is(err, fault.Unauthenticated):
		return rotation{refusal: ErrRefreshTokenInvalid}, nil
	case err != nil:
		return rotation{}, err
	}
	used, err := tx.RefreshToken.Update().
		Where(refreshtoken.ID(row.ID), refreshtoken.UsedAtIsNil()).
		SetUsedAt(now).
		Save(ctx)
	if err != nil {
		return rotation{}, fmt.Errorf("use refresh token %s: %w", row.ID, err)
	}
	if used == 0 {
		s.logger.WarnContext(ctx, "a refresh token was reused: its session ends", "session_id", family.ID, "user_id", family.UserID)
		return rotation{refusal: ErrRefreshTokenReused}, s.end(ctx, tx, session.ID(family.ID))
	}
	next, err := s.extend(ctx, tx, family.ID)
	return rotation{user: family.Edges.User, opened: next}, err
}

// tokenRow returns the row of a refresh token with its session and user.
func tokenRow(ctx context.Context, client *ent.Client, token string) (*ent.RefreshToken, error) {
	row, err := client.RefreshToken.Query().
		Where(refreshtoken.TokenHash(hashToken(token))).
		WithSession(func(q *ent.SessionQuery) { q.WithUser() }).
		Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up a refresh token: %w", err)
	}
	return row, nil
}
