package account

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// opened is a session that goes on: its id, and the only copy of its next refresh token.
type opened struct {
	sessionID    string
	refreshToken string
}

// open opens a session of a user.
func (s *Service) open(ctx context.Context, tx *db.Tx, userID string) (opened, error) {
	row, err := tx.Session.Create().SetUserID(userID).SetCreatedAt(s.now()).Save(ctx)
	if err != nil {
		return opened{}, fmt.Errorf("open a session of %s: %w", userID, err)
	}
	return s.extend(ctx, tx, row.ID)
}

// extend gives a session its next refresh token.
func (s *Service) extend(ctx context.Context, tx *db.Tx, sessionID string) (opened, error) {
	token, now := newRefreshToken(), s.now()
	err := tx.RefreshToken.Create().
		SetSessionID(sessionID).SetTokenHash(hashToken(token)).
		SetCreatedAt(now).SetExpiresAt(now.Add(RefreshTokenLife)).
		Exec(ctx)
	if err != nil {
		return opened{}, fmt.Errorf("extend session %s: %w", sessionID, err)
	}
	return opened{sessionID: sessionID, refreshToken: token}, nil
}

// answer returns a session as its client sees it: with its tokens, or with its tokens in cookies. The rest
// of the operation is answered to the one who has signed in.
func (s *Service) answer(ctx context.Context, u *ent.User, o opened, inCookies bool) (*Session, error) {
	access, expires, err := s.tokens.sign(u, o.sessionID)
	if err != nil {
		return nil, err
	}
	viewer.Become(ctx, viewer.Viewer{ID: u.ID, Role: u.Role, SessionID: o.sessionID})
	answer := &Session{AccessTokenExpiresAt: expires, User: u}
	if inCookies {
		s.setCookies(cookiesOf(ctx), access, o.refreshToken)
		return answer, nil
	}
	answer.AccessToken, answer.RefreshToken = &access, &o.refreshToken
	return answer, nil
}

// end ends the sessions that match, for every replica: here at once, elsewhere with the next poll.
func (s *Service) end(ctx context.Context, tx *db.Tx, where ...predicate.Session) error {
	where = append(where, session.RevokedAtIsNil())
	ids, err := tx.Session.Query().Where(where...).IDs(ctx)
	if err != nil {
		return fmt.Errorf("look for sessions to end: %w", err)
	}
	now := s.now()
	if err := tx.Session.Update().Where(where...).SetRevokedAt(now).Exec(ctx); err != nil {
		return fmt.Errorf("end %d sessions: %w", len(ids), err)
	}
	tx.AfterCommit(func() {
		for _, id := range ids {
			s.revoked.add(id, now)
		}
	})
	return nil
}

// Authenticate returns whom an access token is for, without asking the database. A token that is
// forged, spent, of another kind or of an ended session is [fault.Unauthenticated].
func (s *Service) Authenticate(ctx context.Context, accessToken string) (viewer.Viewer, error) {
	v, err := s.tokens.read(accessToken)
	if err != nil {
		return viewer.Viewer{}, fault.Unauthenticated.Wrap(err)
	}
	if err := s.Alive(ctx, v); err != nil {
		return viewer.Viewer{}, err
	}
	return v, nil
}

// Alive returns [fault.Unauthenticated] when the viewer's session has ended since the viewer was
// authenticated. It does not ask the database, so a connection that lives long may ask often: at
// least once in [AccessTokenLife], after which ended sessions are forgotten.
func (s *Service) Alive(_ context.Context, v viewer.Viewer) error {
	if !v.IsGuest() && s.revoked.has(v.SessionID) {
		return fault.Unauthenticated
	}
	return nil
}

// present returns the viewer's row. A viewer whose account is gone is no viewer:
// [fault.Unauthenticated].
func present(ctx context.Context, client *ent.Client, id string) (*ent.User, error) {
	u, err := client.User.Query().Where(user.ID(id), user.DeletedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Unauthenticated
	}
	if err != nil {
		return nil, fmt.Errorf("look up user %s: %w", id, err)
	}
	return u, nil
}
