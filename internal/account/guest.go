package account

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// GuestTokenLife is how long a guest is known again.
const GuestTokenLife = 90 * 24 * time.Hour

// guestPrefix begins the ids of guests. A guest has no row: the token says everything.
const guestPrefix = "gst_"

// guestType tells guest tokens from access tokens, which the same key signs.
const guestType = "guest+jwt"

// NewGuest makes a guest and the token by which the guest is known again: it is sent as access tokens are. One
// network address makes so many only, or it is [fault.RateLimited].
func (s *Service) NewGuest(ctx context.Context) (id, token string, err error) {
	if err := s.countAddress(ctx, "guest", s.limits.GuestAddress); err != nil {
		return "", "", err
	}
	id = guestPrefix + ulid.Make().String()
	token, err = s.tokens.signGuest(id)
	return id, token, err
}

// signGuest returns a token that knows a guest again.
func (s *signer) signGuest(id string) (string, error) {
	now := s.now()
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: id, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(GuestTokenLife)),
	})
	unsigned.Header["typ"] = guestType
	token, err := unsigned.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign a guest token: %w", err)
	}
	return token, nil
}

// broughtAlong returns the guest whose sessions who signs up or in keeps: that of the token in the input, or the
// one who asks; none without either. A token that is not a guest's is [fault.InvalidArgument].
func (s *Service) broughtAlong(ctx context.Context, token *string) (guestID string, err error) {
	if token == nil {
		return viewer.From(ctx).GuestID, nil
	}
	v, err := s.tokens.read(*token)
	if err != nil || v.GuestID == "" {
		return "", fault.InvalidArgument.At("guestToken").Wrap(err)
	}
	return v.GuestID, nil
}

// keepSessions makes the counselling sessions of a guest the user's.
func keepSessions(ctx context.Context, tx *db.Tx, guestID, userID string) error {
	if guestID == "" {
		return nil
	}
	tx.Touch(reads.Counsel)
	err := tx.CounselSession.Update().
		Where(counselsession.GuestID(guestID), counselsession.UserIDIsNil()).
		SetUserID(userID).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep the sessions of %s: %w", guestID, err)
	}
	return nil
}
