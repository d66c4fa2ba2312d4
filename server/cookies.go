package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/moa-bff/moa/internal/account"
)

// enter puts into a request's context who asks and, so that the account subject can read and set them,
// the cookies. It copies the request once for all of it.
func (a *App) enter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := a.identity.identify(r)
		if r.Header.Get("Upgrade") == "" { // a socket has no answer that could carry cookies
			w, ctx = carryCookies(ctx, w, r)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// carryCookies returns a context with the cookies of a request, and a writer that sets those of the answer.
func carryCookies(ctx context.Context, w http.ResponseWriter, r *http.Request) (http.ResponseWriter, context.Context) {
	jar := account.NewCookies(r.Cookies())
	return &cookieWriter{ResponseWriter: w, jar: jar}, account.WithCookies(ctx, jar)
}

// cookieWriter sets the cookies together with the headers of the answer, which are written after the
// operation has run.
type cookieWriter struct {
	http.ResponseWriter

	jar *account.Cookies
	set sync.Once
}

// WriteHeader implements [http.ResponseWriter].
func (w *cookieWriter) WriteHeader(code int) {
	w.set.Do(w.setCookies)
	w.ResponseWriter.WriteHeader(code)
}

// Write implements [http.ResponseWriter].
func (w *cookieWriter) Write(b []byte) (int, error) {
	w.set.Do(w.setCookies)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] find what else the writer can do.
func (w *cookieWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *cookieWriter) setCookies() {
	for _, cookie := range w.jar.Answer() {
		http.SetCookie(w.ResponseWriter, cookie)
	}
}

// writeJSON writes v; a client that has left gets nothing.
func writeJSON(w http.ResponseWriter, v any) {
	_ = json.NewEncoder(w).Encode(v) // our own plain values
}
