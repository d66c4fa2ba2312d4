package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/internal/platform/words"
)

// identity finds out who asks, from where and in which language.
type identity struct {
	accounts *account.Service
	words    *words.Book
	proxies  int
}

type refusedKey struct{}

// refused returns why the request's access token was refused, or nil. The request is not ended at
// once: a client whose token has run out must still be able to refresh its session.
func refused(ctx context.Context) error {
	err, _ := ctx.Value(refusedKey{}).(error)
	return err
}

// identify returns the request's context with what its headers say.
func (i identity) identify(r *http.Request) context.Context {
	ctx := r.Context()
	var who viewer.Viewer
	if token := accessToken(r); token != "" {
		var err error
		if who, err = i.accounts.Authenticate(ctx, token); err != nil {
			ctx = context.WithValue(ctx, refusedKey{}, err)
		}
	}
	return viewer.Arrive(ctx, who, i.words.Match(r.Header.Get("Accept-Language")), i.address(r))
}

// accessToken returns the token of the Authorization header or, for browsers that chose cookies, of
// the cookie.
func accessToken(r *http.Request) string {
	if token, ok := bearer(r.Header.Get("Authorization")); ok {
		return token
	}
	if cookie, err := r.Cookie(account.AccessCookie); err == nil {
		return cookie.Value
	}
	return ""
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// errNoText refuses an authorization that is not text.
var errNoText = errors.New("authorization is not text")

// initialize reads the payload of connection_init: `authorization` as in the header, and
// `acceptLanguage`. A refused token ends the socket.
func (i identity) initialize(ctx context.Context, payload map[string]any) (context.Context, error) {
	if text, ok := lookUp(payload, "acceptLanguage", "Accept-Language"); ok {
		if language, ok := text.(string); ok {
			ctx = viewer.WithLanguage(ctx, i.words.Match(language))
		}
	}
	value, ok := lookUp(payload, "authorization", "Authorization")
	if !ok || value == nil || value == "" {
		return ctx, refused(ctx)
	}
	text, ok := value.(string)
	if !ok {
		return ctx, fault.Unauthenticated.Wrap(errNoText)
	}
	token, ok := bearer(text)
	if !ok {
		token = text
	}
	who, err := i.accounts.Authenticate(ctx, token)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(viewer.With(ctx, who), refusedKey{}, nil), nil
}

func lookUp(payload map[string]any, names ...string) (any, bool) {
	for _, name := range names {
		if v, ok := payload[name]; ok {
			return v, true
		}
	}
	return nil, false
}

// alive ends the streams of a session that was ended.
func (i identity) alive(ctx context.Context) error {
	who := viewer.From(ctx)
	if who.IsGuest() {
		return nil
	}
	return i.accounts.Alive(ctx, who)
}

// address returns the network address of the client. With n trusted proxies in front, the n-th entry
// of X-Forwarded-For from the right is what the outermost of them saw; entries before it are the
// client's own words.
func (i identity) address(r *http.Request) string {
	if i.proxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if n := len(hops) - i.proxies; n >= 0 {
			if ip := net.ParseIP(strings.TrimSpace(hops[n])); ip != nil {
				return ip.String()
			}
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// crowd names who is counted together; "" for nobody in particular.
func (i identity) crowd(r *http.Request) string {
	network, _ := viewer.Network(i.address(r))
	return network
}
