package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins decides which pages may call. A page of another origin may only when it is allowed by name;
// requests without an Origin header do not come from a page.
type origins struct{ allowed []string }

func newOrigins(publicURL string, allowed []string) origins {
	o := origins{}
	for _, origin := range append(slices.Clone(allowed), publicURL) {
		if origin != "" {
			o.allowed = append(o.allowed, strings.ToLower(strings.TrimRight(origin, "/")))
		}
	}
	return o
}

// allow reports whether a request may be answered, given where its page comes from.
func (o origins) allow(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || isSameOrigin(r, origin) || o.isAllowed(origin)
}

func (o origins) isAllowed(origin string) bool {
	return slices.Contains(o.allowed, strings.ToLower(origin))
}

// isSameOrigin compares host and port. The scheme is not compared: behind a proxy that ends TLS the
// server does not know its own.
func isSameOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// guard answers preflights (Fetch standard, CORS protocol) and refuses requests of foreign pages
// before anything is executed.
func (o origins) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !o.allow(r) {
			http.Error(w, "This origin may not call. The operator can allow it with MOA_ALLOWED_ORIGINS.", http.StatusForbidden)
			return
		}
		if origin != "" && o.isAllowed(origin) {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "GET, POST, PUT")
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, X-Request-Id")
			header.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
