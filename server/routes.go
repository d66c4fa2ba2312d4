package server

import (
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/obs"
	"github.com/moa-bff/moa/server/transport"
	"github.com/moa-bff/moa/web"
)

// graphiqlPolicy lets the page run its own scripts and call its own origin, and nothing else
// (Content Security Policy Level 3).
const graphiqlPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// routes returns everything that the server answers.
func (a *App) routes(graphql http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", a.origins.guard(a.enter(graphql)))
	mux.Handle("GET /livez", a.health.Live())
	mux.Handle("GET /readyz", a.health.Ready())
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.Handle("/cards/", tarot.Handler())
	mux.HandleFunc("GET /s/{token}", a.shared)
	mux.Handle("GET /favicon.svg", page(web.GraphiQL(), "favicon.svg"))
	uploads := a.origins.guard(a.media.Handler())
	mux.Handle("/uploads/", uploads)
	mux.Handle("/media/", uploads)
	mux.Handle("GET /export/", a.dashboards.Exports())
	if !a.config.IsProduction() {
		a.graphiql(mux)
	}
	sections := []string{"graphql", "uploads", "media", "export", "graphiql", "cards", "s"}
	all := obs.IdentifyRequests(obs.AccessLog(a.logger, a.metrics, sections...)(nosniff(mux)))
	return transport.HearOut(all, a.config.Limits.Body)
}

// nosniff keeps browsers from guessing types.
func nosniff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// graphiql adds the developers' page, which is bundled: it works without any network.
func (a *App) graphiql(mux *http.ServeMux) {
	files := web.GraphiQL()
	mux.Handle("GET /{$}", page(files, "index.html"))
	mux.Handle("GET /graphiql/config.json", http.HandlerFunc(a.graphiqlConfig))
	assets := http.StripPrefix("/graphiql/", http.FileServerFS(files))
	mux.Handle("GET /graphiql/assets/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Their names change with their content.
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		assets.ServeHTTP(w, r)
	}))
}

// page serves one file that must always be asked for anew.
func page(files fs.FS, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", graphiqlPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, files, path.Clean(name))
	})
}

// graphiqlConfig tells the page where the endpoint is and which demo accounts there are.
func (a *App) graphiqlConfig(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	settings := map[string]any{"endpoint": "/graphql"}
	if accounts := a.demoAccounts(r.Context()); len(accounts) > 0 {
		settings["demo"] = accounts
	}
	writeJSON(w, settings)
}

// newHTTPServer bounds how long a client may take for each part of a request. Answers have no bound
// here: streams live long and set their own for each write.
func (a *App) newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Addr:              a.config.Addr,
		Handler:           handler,
		ReadHeaderTimeout: a.config.Limits.HeaderTimeout,
		ReadTimeout:       a.config.Limits.BodyTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
