package obs

import (
	"context"
	"net/http"

	"github.com/oklog/ulid/v2"
)

// requestIDHeader carries the id of a request in both directions.
const requestIDHeader = "X-Request-Id"

// maxRequestID is the longest request id that is taken from a client.
const maxRequestID = 64

type requestIDKey struct{}

// WithRequestID returns a context that carries id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id that ctx carries, or "" outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// IdentifyRequests gives each request an id: the client's own X-Request-Id when it is sane (at
// most 64 of A-Z a-z 0-9 - _ .), a fresh ULID otherwise. The id goes into the context and
// into the header of the response.
func IdentifyRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !saneRequestID(id) {
			id = ulid.Make().String()
		}
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(WithRequestID(r.Context(), id)))
	})
}

// saneRequestID reports whether id can be logged and sent back without a second thought.
func saneRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isWord(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// isWord reports whether c is an ASCII letter, a digit or an underscore.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
