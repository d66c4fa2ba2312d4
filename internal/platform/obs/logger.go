// Package obs is how Moa is seen from outside: its log, its metrics, its health, and the
// request id that ties them together.
package obs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// NewLogger returns a logger that writes to w what is at least as grave as level: JSON
// lines when env is "production", readable text otherwise. Each line that is logged with
// the context of a request carries its request_id.
//
// What people send is not for logs. Attributes whose key names a secret are withheld, and
// so are raw bytes, JSON, headers and forms; text under other keys is the caller's care.
func NewLogger(w io.Writer, level slog.Level, env string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: withhold}
	if env == "production" {
		return slog.New(newRequestHandler(slog.NewJSONHandler(w, options)))
	}
	return slog.New(newRequestHandler(slog.NewTextHandler(w, options)))
}

// requestHandler adds the request_id of the context, always at the top level of the line.
type requestHandler struct {
	slog.Handler
	// root is the handler before the first group was opened, and inGroups opens them
	// again; nil while there is no group. An attribute added inside a group would be
	// named by it.
	root     slog.Handler
	inGroups func(slog.Handler) slog.Handler
}

func newRequestHandler(inner slog.Handler) requestHandler {
	return requestHandler{Handler: inner}
}

// Handle implements [slog.Handler].
func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	id := RequestID(ctx)
	if id == "" {
		return h.Handler.Handle(ctx, record)
	}
	attr := slog.String("request_id", id)
	if h.inGroups != nil {
		return h.inGroups(h.root.WithAttrs([]slog.Attr{attr})).Handle(ctx, record)
	}
	record = record.Clone()
	record.AddAttrs(attr)
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements [slog.Handler].
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if h.inGroups == nil {
		return requestHandler{Handler: h.Handler.WithAttrs(attrs)}
	}
	return h.step(func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) })
}

// WithGroup implements [slog.Handler].
func (h requestHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	if h.inGroups == nil {
		h.root = h.Handler
		h.inGroups = func(inner slog.Handler) slog.Handler { return inner }
	}
	return h.step(func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) })
}

// step returns h with one more thing done inside its groups.
func (h requestHandler) step(do func(slog.Handler) slog.Handler) requestHandler {
	before := h.inGroups
	return requestHandler{
		Handler:  do(h.Handler),
		root:     h.root,
		inGroups: func(inner slog.Handler) slog.Handler { return do(before(inner)) },
	}
}

// withhold replaces what must not be logged by what it was.
func withhold(_ []string, attr slog.Attr) slog.Attr {
	switch attr.Value.Kind() {
	case slog.KindString:
		if attr.Value.String() != "" && namesSecret(attr.Key) {
			return slog.String(attr.Key, "[withheld]")
		}
	case slog.KindAny:
		switch value := attr.Value.Any().(type) {
		case []byte:
			return slog.String(attr.Key, fmt.Sprintf("[%d bytes]", len(value)))
		case json.RawMessage:
			return slog.String(attr.Key, fmt.Sprintf("[%d bytes]", len(value)))
		case http.Header, url.Values, *http.Request, *http.Response:
			return slog.String(attr.Key, fmt.Sprintf("[withheld %T]", value))
		}
	}
	return attr
}

// namesSecret reports whether a key ends like the name of something secret:
// "refresh_token" and "refreshToken" do, "prompt_tokens" does not.
func namesSecret(key string) bool {
	key = strings.ReplaceAll(strings.ToLower(key), "_", "")
	return slices.ContainsFunc(
		[]string{"password", "secret", "token", "authorization", "cookie", "apikey", "tokenkey"},
		func(secret string) bool { return strings.HasSuffix(key, secret) },
	)
}
