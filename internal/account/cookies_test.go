package account_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// browser keeps cookies from one request to the next.
type browser map[string]*http.Cookie

// do runs one request of the browser.
func (b browser) do(t *testing.T, request func(ctx context.Context)) {
	t.Helper()
	var sent []*http.Cookie
	for _, cookie := range b {
		sent = append(sent, cookie)
	}
	jar := account.NewCookies(sent)
	request(account.WithCookies(t.Context(), jar))
	for _, cookie := range jar.Answer() {
		require.NoError(t, cookie.Valid())
		if cookie.MaxAge < 0 {
			delete(b, cookie.Name)
			continue
		}
		b[cookie.Name] = cookie
	}
}

func TestASessionCanLiveInCookies(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		page := browser{}
		page.do(t, func(ctx context.Context) {
			s, err := b.SignUp(ctx, account.SignUpInput{
				Email: "web@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER, UseCookies: true,
			})
			require.NoError(t, err)
			require.Nil(t, s.AccessToken)
			require.Nil(t, s.RefreshToken)
		})
		access, refresh := page[account.AccessCookie], page[account.RefreshCookie]
		require.True(t, access.HttpOnly && access.Secure && refresh.HttpOnly && refresh.Secure)
		require.Equal(t, http.SameSiteLaxMode, access.SameSite)
		require.Equal(t, http.SameSiteStrictMode, refresh.SameSite)
		require.Equal(t, []string{"/", "/graphql"}, []string{access.Path, refresh.Path})
		require.Equal(t, []int{1800, 86_400}, []int{access.MaxAge, refresh.MaxAge})
		_, err := b.Authenticate(t.Context(), access.Value)
		require.NoError(t, err)

		page.do(t, func(ctx context.Context) {
			s, err := b.refresh(ctx, nil)
			require.NoError(t, err)
			require.Nil(t, s.RefreshToken)
		})
		require.NotEqual(t, refresh.Value, page[account.RefreshCookie].Value)

		last := *page[account.AccessCookie]
		page.do(t, func(ctx context.Context) {
			_, err := b.SignOut(ctx, account.SignOutInput{})
			require.NoError(t, err)
		})
		require.Empty(t, page)
		_, err = b.Authenticate(t.Context(), last.Value)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestARefusedCookieIsCleared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		page := browser{}
		page.do(t, func(ctx context.Context) {
			b.signUp(t, "web@moa.example", user.RoleUSER)
			_, err := b.SignIn(ctx, account.SignInInput{Email: "web@moa.example", Password: goodPassword, UseCookies: true})
			require.NoError(t, err)
		})
		b.advance(account.RefreshTokenLife + time.Second)
		page.do(t, func(ctx context.Context) {
			_, err := b.refresh(ctx, nil)
			require.ErrorIs(t, err, account.ErrRefreshTokenInvalid)
		})
		require.Empty(t, page)
	})
}

func TestAGivenTokenIsAnsweredAsItCame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "app@moa.example", user.RoleUSER)
		page := browser{}
		page.do(t, func(ctx context.Context) {
			next, err := b.refresh(ctx, s.RefreshToken)
			require.NoError(t, err)
			require.NotNil(t, next.RefreshToken)
		})
		require.Empty(t, page)
	})
}

func TestCookiesNeedATransportThatCarriesThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	_, err := b.SignIn(t.Context(), account.SignInInput{Email: "web@moa.example", Password: goodPassword, UseCookies: true})
	requireFault(t, err, fault.InvalidArgument, "useCookies")
	_, err = b.SignUp(t.Context(), account.SignUpInput{Email: "web@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER, UseCookies: true})
	requireFault(t, err, fault.InvalidArgument, "useCookies")
	require.Zero(t, b.hashes.Load())
}

func TestDevelopmentMaySendCookiesOverPlainHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(deps *account.Deps) { deps.InsecureCookies = true })
	page := browser{}
	page.do(t, func(ctx context.Context) {
		b.signUp(t, "web@moa.example", user.RoleUSER)
		_, err := b.SignIn(ctx, account.SignInInput{Email: "web@moa.example", Password: goodPassword, UseCookies: true})
		require.NoError(t, err)
	})
	require.False(t, page[account.AccessCookie].Secure)
	require.True(t, page[account.AccessCookie].HttpOnly)
}
