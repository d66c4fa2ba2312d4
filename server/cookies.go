package server

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/felixge/httpsnoop"

	"github.com/moa-bff/moa/internal/account"
)

// cookies lets the account subject read and set cookies: those it sets leave with the headers of the
// answer, which are written after the operation has run.
func (a *App) cookies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r) // a socket has no answer that could carry cookies
			return
		}
		jar := account.NewCookies(r.Cookies())
		flush := sync.OnceFunc(func() {
			for _, cookie := range jar.Answer() {
				http.SetCookie(w, cookie)
			}
		})
		hooked := httpsnoop.Wrap(w, httpsnoop.Hooks{
			WriteHeader: func(write httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
				return func(code int) {
					flush()
					write(code)
				}
			},
			Write: func(write httpsnoop.WriteFunc) httpsnoop.WriteFunc {
				return func(b []byte) (int, error) {
					flush()
					return write(b)
				}
			},
		})
		next.ServeHTTP(hooked, r.WithContext(account.WithCookies(r.Context(), jar)))
	})
}

// writeJSON writes v; a client that has left gets nothing.
func writeJSON(w http.ResponseWriter, v any) {
	_ = json.NewEncoder(w).Encode(v) // our own plain values
}
