package transport

import (
	"io"
	"net/http"
)

// HearOut reads what next leaves of a request's body, up to limit bytes (0 for the default of 1 MiB), of clients and
// proxies that want the connection closed. What is unread when a connection is closed makes the kernel reset it, and a
// client that is still sending then never sees why it was refused. Where connections are kept, net/http does the same.
func HearOut(next http.Handler, limit int64) http.Handler {
	limit = orDefault(limit, defaultMaxMessage)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.Close {
			_, _ = io.CopyN(io.Discard, r.Body, limit) // a client that does not go on has its answer all the same
		}
	})
}
