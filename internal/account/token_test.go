package account_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// accessKey is the key that access tokens are signed with, derived from the secret.
func accessKey() []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("moa access token"))
	return mac.Sum(nil)
}

// Whoever signs something else with the right key must not have made an access token by accident.
func TestARightSignatureIsNotEnough(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	for name, attempt := range map[string]struct {
		method jwt.SigningMethod
		typ    string
		claim  string
		value  any
		good   bool
	}{
		"an access token":  {method: jwt.SigningMethodHS256, typ: "at+jwt", good: true},
		"another method":   {method: jwt.SigningMethodHS512, typ: "at+jwt"},
		"any token":        {method: jwt.SigningMethodHS256, typ: "JWT"},
		"another issuer":   {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "iss", value: "elsewhere"},
		"no end":           {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "exp"},
		"an end in text":   {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "exp", value: "tomorrow"},
		"a later begin":    {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "nbf", value: time.Now().Add(time.Hour).Unix()},
		"nobody":           {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "sub"},
		"no session":       {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "sid"},
		"no role":          {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "role"},
		"an unknown role":  {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "role", value: "KING"},
		"a role of a list": {method: jwt.SigningMethodHS256, typ: "at+jwt", claim: "role", value: []string{"ADMIN"}},
	} {
		claims := jwt.MapClaims{
			"iss": "moa", "sub": "usr_1", "sid": "ses_1", "role": "USER", "exp": time.Now().Add(time.Minute).Unix(),
		}
		switch {
		case attempt.value != nil:
			claims[attempt.claim] = attempt.value
		case attempt.claim != "":
			delete(claims, attempt.claim)
		}
		unsigned := jwt.NewWithClaims(attempt.method, claims)
		unsigned.Header["typ"] = attempt.typ
		token, err := unsigned.SignedString(accessKey())
		require.NoError(t, err, name)
		v, err := b.Authenticate(t.Context(), token)
		if attempt.good {
			require.NoError(t, err, name)
			require.Equal(t, "usr_1", v.ID)
			continue
		}
		require.ErrorIs(t, err, fault.Unauthenticated, name)
		require.True(t, v.IsGuest(), name)
	}
}

// Tokens are remembered: that must change nothing about when they end.
func TestATokenThatIsKnownEndsInTime(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	session := b.signUp(t, "a@moa.example", user.RoleUSER)
	b.requireAlive(t, session)
	b.advance(account.AccessTokenLife - 2*time.Second)
	b.requireAlive(t, session)
	b.advance(2 * time.Second)
	_, err := b.Authenticate(t.Context(), *session.AccessToken)
	require.ErrorIs(t, err, fault.Unauthenticated)
}
