package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// How long tokens live.
const (
	// AccessTokenLife is how long an access token is good for.
	AccessTokenLife = 30 * time.Minute
	// RefreshTokenLife is how long a refresh token waits for its one use.
	RefreshTokenLife = 24 * time.Hour
)

const (
	issuer = "moa"
	// accessType tells access tokens from anything else that is ever signed with the key
	// (RFC 9068 §2.1, RFC 8725 §3.11).
	accessType = "at+jwt"
)

// claims are what an access token says (RFC 7519 §4).
type claims struct {
	jwt.RegisteredClaims
	Role      user.Role `json:"role"`
	SessionID string    `json:"sid"`
}

// knownTokens is how many tokens are remembered with what they say: reading one costs more than a
// small operation.
const knownTokens = 10_000

// signer makes and reads access tokens: JWTs with HMAC-SHA256.
type signer struct {
	key    []byte
	parser *jwt.Parser
	now    func() time.Time
	known  *lru.Cache[[sha256.Size]byte, knownToken] // by the hash of the token: tokens are secrets
}

// knownToken is what a good token says.
type knownToken struct {
	viewer  viewer.Viewer
	expires time.Time
}

func newSigner(secret []byte, now func() time.Time) *signer {
	// A key of its own, so that nothing else that the secret signs can pass as a token.
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("moa access token"))
	known, _ := lru.New[[sha256.Size]byte, knownToken](knownTokens) // fails only for a size below 1
	return &signer{key: mac.Sum(nil), now: now, known: known, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
	)}
}

// sign returns an access token for a session of u, and when it ends.
func (s *signer) sign(u *ent.User, sessionID string) (token string, expires time.Time, err error) {
	now := s.now()
	expires = now.Add(AccessTokenLife).Truncate(time.Second) // JWTs count in seconds
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Subject:   u.ID,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
		Role:      u.Role,
		SessionID: sessionID,
	})
	unsigned.Header["typ"] = accessType
	token, err = unsigned.SignedString(s.key)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign an access token: %w", err)
	}
	return token, expires, nil
}

// errClaims says that a token is signed but does not say who it is for.
var errClaims = errors.New("incomplete claims")

// read returns whom an access token or a guest token is for. Who comes again with a token is recognised until it ends.
func (s *signer) read(token string) (viewer.Viewer, error) {
	hash := sha256.Sum256([]byte(token))
	if known, ok := s.known.Get(hash); ok && s.now().Before(known.expires) {
		return known.viewer, nil
	}
	c, err := s.parse(token)
	if err != nil {
		return viewer.Viewer{}, err
	}
	v := viewer.Viewer{ID: c.Subject, Role: c.Role, SessionID: c.SessionID}
	if strings.HasPrefix(c.Subject, guestPrefix) {
		v = viewer.Viewer{GuestID: c.Subject}
	}
	s.known.Add(hash, knownToken{viewer: v, expires: c.ExpiresAt.Time})
	return v, nil
}

// parse returns what a good token says. Only guests have guest tokens, and nothing else is theirs.
func (s *signer) parse(token string) (claims, error) {
	var c claims
	parsed, err := s.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != accessType && t.Header["typ"] != guestType {
			return nil, fmt.Errorf("a token of type %v", t.Header["typ"])
		}
		return s.key, nil
	})
	if err != nil {
		return claims{}, err
	}
	if guest := strings.HasPrefix(c.Subject, guestPrefix); guest || parsed.Header["typ"] == guestType {
		if !guest || parsed.Header["typ"] != guestType {
			return claims{}, errClaims
		}
		return c, nil
	}
	if c.Subject == "" || c.SessionID == "" || user.RoleValidator(c.Role) != nil {
		return claims{}, errClaims
	}
	return c, nil
}

// newRefreshToken returns 256 random bits as text.
func newRefreshToken() string { return base64.RawURLEncoding.EncodeToString(random(32)) }

// hashToken returns what is kept of a refresh token. The token is random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
