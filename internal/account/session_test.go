package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		first := b.signUp(t, "a@moa.example", user.RoleUSER)
		b.advance(23 * time.Hour)
		second, err := b.refresh(t.Context(), first.RefreshToken)
		require.NoError(t, err)
		require.Equal(t, first.User.ID, second.User.ID)
		require.NotEqual(t, *first.RefreshToken, *second.RefreshToken)
		b.requireAlive(t, second)
		b.advance(23 * time.Hour)
		third, err := b.refresh(t.Context(), second.RefreshToken)
		require.NoError(t, err)
		b.requireAlive(t, third)
	})
}

func TestAReusedRefreshTokenEndsItsFamily(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		first := b.signUp(t, "a@moa.example", user.RoleUSER)
		other, err := b.signIn(t.Context(), "a@moa.example", goodPassword)
		require.NoError(t, err)
		second, err := b.refresh(t.Context(), first.RefreshToken)
		require.NoError(t, err)
		third, err := b.refresh(t.Context(), second.RefreshToken)
		require.NoError(t, err)

		b.advance(25 * time.Hour) // also after the used token would have ended
		_, err = b.refresh(t.Context(), first.RefreshToken)
		requireFault(t, err, account.ErrRefreshTokenReused, "refreshToken")
		b.advance(-25 * time.Hour)
		b.requireEnded(t, third)
		_, err = b.refresh(t.Context(), first.RefreshToken)
		require.ErrorIs(t, err, account.ErrRefreshTokenInvalid)
		_, err = b.refresh(t.Context(), other.RefreshToken)
		require.NoError(t, err, "other sessions go on")
	})
}

func TestARefreshTokenUsedManyTimesAtOnceWorksAtMostOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		type outcome struct {
			session *account.Session
			err     error
		}
		outcomes := make(chan outcome, 8)
		for range cap(outcomes) {
			go func() {
				next, err := b.refresh(t.Context(), s.RefreshToken)
				outcomes <- outcome{next, err}
			}()
		}
		var winners []*account.Session
		for range cap(outcomes) {
			o := <-outcomes
			if o.err == nil {
				winners = append(winners, o.session)
				continue
			}
			require.Contains(t, []fault.Code{"ACCOUNT_REFRESH_TOKEN_REUSED", "ACCOUNT_REFRESH_TOKEN_INVALID"}, fault.From(o.err).Code)
		}
		require.Len(t, winners, 1)
		b.requireEnded(t, winners[0])
	})
}

func TestRefreshRefusesWhatIsNoRefreshToken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		for _, token := range []string{"", "x", *s.AccessToken, *s.RefreshToken + "A", "nul\x00"} {
			_, err := b.refresh(t.Context(), &token)
			requireFault(t, err, account.ErrRefreshTokenInvalid, "refreshToken")
		}
		_, err := b.refresh(t.Context(), nil)
		require.ErrorIs(t, err, account.ErrRefreshTokenInvalid)
		b.advance(account.RefreshTokenLife)
		_, err = b.refresh(t.Context(), s.RefreshToken)
		require.ErrorIs(t, err, account.ErrRefreshTokenInvalid, "it has ended")
	})
}

func TestRefreshTokensAreNotKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		row, err := b.db.Read().RefreshToken.Query().Only(t.Context())
		require.NoError(t, err)
		require.Len(t, *s.RefreshToken, 43, "256 bits")
		require.NotContains(t, row.TokenHash, *s.RefreshToken)
		require.Len(t, row.TokenHash, 64)
	})
}

func TestAuthenticateAsksNoDatabase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		ctx, statements := db.WithCounter(t.Context())
		v, err := b.Authenticate(ctx, *s.AccessToken)
		require.NoError(t, err)
		require.NoError(t, b.Alive(ctx, v))
		require.NoError(t, b.Alive(ctx, viewer.Viewer{}))
		require.Zero(t, statements.Count())
	})
}

func TestAuthenticateRefusesEveryOtherToken(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	s := b.signUp(t, "a@moa.example", user.RoleUSER)
	token := *s.AccessToken
	parts := strings.Split(token, ".")
	good := jwt.MapClaims{"iss": "moa", "sub": s.User.ID, "sid": "ses_x", "role": "ADMIN", "exp": b.now().Add(time.Hour).Unix()}
	forge := func(method jwt.SigningMethod, key any) string {
		forged := jwt.NewWithClaims(method, good)
		forged.Header["typ"] = "at+jwt"
		text, err := forged.SignedString(key)
		require.NoError(t, err)
		return text
	}
	for name, other := range map[string]string{
		"nothing":               "",
		"no token":              "a.b.c",
		"a refresh token":       *s.RefreshToken,
		"no signature":          forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"the bare secret":       forge(jwt.SigningMethodHS256, []byte(secret)),
		"another key":           forge(jwt.SigningMethodHS256, []byte("another secret of thirty-two bytes")),
		"an empty key":          forge(jwt.SigningMethodHS256, []byte{}),
		"a cut signature":       token[:len(token)-1],
		"another header":        strings.Split(forge(jwt.SigningMethodHS512, []byte(secret)), ".")[0] + "." + parts[1] + "." + parts[2],
		"other claims":          parts[0] + "." + strings.Split(forge(jwt.SigningMethodHS256, []byte(secret)), ".")[1] + "." + parts[2],
		"a token and something": token + ".x",
	} {
		v, err := b.Authenticate(t.Context(), other)
		require.ErrorIs(t, err, fault.Unauthenticated, name)
		require.True(t, v.IsGuest(), name)
	}
	b.advance(account.AccessTokenLife)
	_, err := b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, fault.Unauthenticated, "it has ended")
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		other := b.signUp(t, "a@moa.example", user.RoleUSER)
		for name, signOut := range map[string]func(s *account.Session) error{
			"by refresh token": func(s *account.Session) error {
				u, err := b.SignOut(t.Context(), account.SignOutInput{RefreshToken: s.RefreshToken})
				require.Equal(t, s.User.ID, u.ID)
				return err
			},
			"by access token": func(s *account.Session) error {
				_, err := b.SignOut(b.as(t, s), account.SignOutInput{})
				return err
			},
		} {
			s, err := b.signIn(t.Context(), "a@moa.example", goodPassword)
			require.NoError(t, err)
			ctx := b.as(t, s)
			require.NoError(t, signOut(s), name)
			b.requireEnded(t, s)
			require.ErrorIs(t, b.Alive(ctx, viewer.From(ctx)), fault.Unauthenticated, name)
			_, err = b.SignOut(ctx, account.SignOutInput{RefreshToken: s.RefreshToken})
			require.NoError(t, err, "again: %s", name)
		}
		b.requireAlive(t, other)
		for _, input := range []account.SignOutInput{{}, {RefreshToken: new(string)}} {
			_, err := b.SignOut(t.Context(), input)
			requireFault(t, err, account.ErrRefreshTokenInvalid, "refreshToken")
		}
	})
}
