package account

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// The cookies of a session.
const (
	// AccessCookie holds the access token.
	AccessCookie = "moa_access"
	// RefreshCookie holds the refresh token; it goes to /graphql only.
	RefreshCookie = "moa_refresh"
)

// Cookies are the cookies of one request and those that its answer sets. A transport that can write
// headers hands them to the operation by [WithCookies] and writes [Cookies.Answer] before the body.
type Cookies struct {
	request []*http.Cookie
	mu      sync.Mutex
	answer  []*http.Cookie
}

// NewCookies returns the cookies of a request, such as (*http.Request).Cookies().
func NewCookies(request []*http.Cookie) *Cookies { return &Cookies{request: request} }

// Request returns the value of a cookie of the request; empty when there is none.
func (c *Cookies) Request(name string) string {
	for _, cookie := range c.request {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Set adds a cookie to the answer, in place of an earlier one of its name.
func (c *Cookies) Set(cookie *http.Cookie) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, earlier := range c.answer {
		if earlier.Name == cookie.Name {
			c.answer[i] = cookie
			return
		}
	}
	c.answer = append(c.answer, cookie)
}

// Answer returns what the answer sets.
func (c *Cookies) Answer() []*http.Cookie {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*http.Cookie(nil), c.answer...)
}

type cookiesKey struct{}

// WithCookies returns a context in which sessions may travel in cookies.
func WithCookies(ctx context.Context, c *Cookies) context.Context {
	return context.WithValue(ctx, cookiesKey{}, c)
}

// cookiesOf returns the cookies of the request, or nil where cookies cannot travel.
func cookiesOf(ctx context.Context) *Cookies {
	c, _ := ctx.Value(cookiesKey{}).(*Cookies)
	return c
}

// requireCookies returns [fault.InvalidArgument] when cookies are wanted and cannot travel.
func requireCookies(ctx context.Context, wanted bool) error {
	if wanted && cookiesOf(ctx) == nil {
		return fault.InvalidArgument.At("useCookies")
	}
	return nil
}

// setCookies puts the tokens of a session into the answer, each for as long as it is good for.
func (s *Service) setCookies(c *Cookies, access, refresh string) {
	c.Set(s.cookie(AccessCookie, access, AccessTokenLife))
	c.Set(s.cookie(RefreshCookie, refresh, RefreshTokenLife))
}

// clearCookies removes the session from the browser.
func (s *Service) clearCookies(ctx context.Context) {
	c := cookiesOf(ctx)
	if c == nil {
		return
	}
	c.Set(s.cookie(AccessCookie, "", -time.Second))
	c.Set(s.cookie(RefreshCookie, "", -time.Second))
}

// cookie returns a cookie that scripts cannot read. Only the site's own pages can send the refresh
// token; the access token also comes along when somebody follows a link to here (RFC 6265bis §5.6.7).
func (s *Service) cookie(name, value string, life time.Duration) *http.Cookie {
	cookie := &http.Cookie{ //nolint:gosec // insecure in development only
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   int(life / time.Second),
		HttpOnly: true,
		Secure:   !s.insecureCookies,
		SameSite: http.SameSiteLaxMode,
	}
	if name == RefreshCookie {
		cookie.Path = "/graphql"
		cookie.SameSite = http.SameSiteStrictMode
	}
	return cookie
}
