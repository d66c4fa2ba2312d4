// Package viewer carries who is asking through a request: identity, role, language and origin.
package viewer

import (
	"context"
	"net/netip"
	"sync/atomic"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Viewer is who asks. The zero value is a guest.
type Viewer struct {
	// ID is the user's id; empty for a guest.
	ID string
	// Role is what the user may do; empty for a guest.
	Role user.Role
	// SessionID is the session that the access token belongs to; empty for a guest.
	SessionID string
	// GuestID is the guest whom a guest token knows again; empty for users, and for guests without one.
	GuestID string
}

// IsGuest reports whether nobody is signed in.
func (v Viewer) IsGuest() bool { return v.ID == "" }

// IsAdmin reports whether the viewer operates Moa.
func (v Viewer) IsAdmin() bool { return v.Role == user.RoleADMIN }

// Has reports whether the viewer may do what role may: USER admits everyone signed in, and an
// ADMIN may do everything.
func (v Viewer) Has(role user.Role) bool {
	if v.IsGuest() {
		return false
	}
	return role == user.RoleUSER || v.Role == role || v.IsAdmin()
}

type (
	askingKey struct{}
	readsKey  struct{}
)

// asking is what a context knows of who asks, in one place: each value of a context is a step on the way
// to all that were put there before.
type asking struct {
	viewer   *current // nil for a guest
	language language.Tag
	address  string
}

// current is who is asking now.
type current struct {
	atomic.Pointer[Viewer]

	first Viewer
}

func newCurrent(v Viewer) *current {
	c := &current{first: v}
	c.Store(&c.first)
	return c
}

// askingOf returns a copy of what ctx knows.
func askingOf(ctx context.Context) asking {
	if a, ok := ctx.Value(askingKey{}).(*asking); ok {
		return *a
	}
	return asking{language: language.English}
}

func (a asking) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, askingKey{}, &a)
}

// Arrive returns a context in which v is asking, for words in the language tag, from the network address:
// [With], [WithLanguage] and [WithAddress] in one.
func Arrive(ctx context.Context, v Viewer, tag language.Tag, address string) context.Context {
	return asking{viewer: newCurrent(v), language: tag, address: address}.in(ctx)
}

// With returns a context in which v is asking.
func With(ctx context.Context, v Viewer) context.Context {
	a := askingOf(ctx)
	a.viewer = newCurrent(v)
	return a.in(ctx)
}

// Become makes v the one who is asking for the rest of the operation: whoever signs in is answered as
// the one who signed in. Without [With] it changes nothing.
func Become(ctx context.Context, v Viewer) {
	if now := askingOf(ctx).viewer; now != nil {
		now.Store(&v)
	}
}

// From returns who is asking: a guest unless [With] said otherwise. It notes that it was asked, see
// [Observe].
func From(ctx context.Context) Viewer {
	if r, ok := ctx.Value(readsKey{}).(*Reads); ok {
		r.viewer.Store(true)
	}
	if now := askingOf(ctx).viewer; now != nil {
		return *now.Load()
	}
	return Viewer{}
}

// Reads tells what was asked of a context.
type Reads struct{ viewer atomic.Bool }

// Viewer reports whether anybody asked who is asking.
func (r *Reads) Viewer() bool { return r.viewer.Load() }

// Observe returns a context that notes whether its viewer is asked for. What was computed without
// asking is the same for everybody.
func Observe(ctx context.Context) (context.Context, *Reads) {
	r := &Reads{}
	return context.WithValue(ctx, readsKey{}, r), r
}

// Require returns who is asking, or [fault.Unauthenticated] for a guest.
func Require(ctx context.Context) (Viewer, error) {
	v := From(ctx)
	if v.IsGuest() {
		return v, fault.Unauthenticated
	}
	return v, nil
}

// WithLanguage returns a context in which words for people are in the language tag.
func WithLanguage(ctx context.Context, tag language.Tag) context.Context {
	a := askingOf(ctx)
	a.language = tag
	return a.in(ctx)
}

// Language returns the language for words that people read; English unless the request chose another.
func Language(ctx context.Context) language.Tag { return askingOf(ctx).language }

// WithAddress returns a context that knows the network address of the client, for rate limits.
func WithAddress(ctx context.Context, address string) context.Context {
	a := askingOf(ctx)
	a.address = address
	return a.in(ctx)
}

// Address returns the network address of the client, without port; empty when unknown.
func Address(ctx context.Context) string { return askingOf(ctx).address }

// Network returns whom a network address stands for, and false where that is nobody in particular: a loopback
// address is the operator, or a proxy on the same machine behind which everybody would be one, and what is no
// address is nobody. A client with IPv6 has a /64 to choose addresses from (RFC 6177 §2), so the /64 is one.
func Network(address string) (network string, known bool) {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return "", false
	}
	parsed = parsed.Unmap().WithZone("")
	if parsed.IsLoopback() {
		return "", false
	}
	if parsed.Is4() {
		return parsed.String(), true
	}
	prefix, err := parsed.Prefix(64)
	return prefix.String(), err == nil
}
