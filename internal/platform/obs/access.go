package obs

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AccessLog logs one line a request, after it, with its method, path, status, time in
// milliseconds and bytes sent, and counts it in metrics. The line is at level info, and at
// debug for the paths that machines poll. Query strings, headers and bodies are never
// logged, and long opaque path segments only in part.
//
// sections are the first path segments of the server, such as "graphql": each is a
// path_class of its own. "/" is "home", what is polled is "ops", all else is "other".
//
// Place it inside [IdentifyRequests]. A hijacked connection counts as 101 and is logged when
// its handler returns; a handler that panics is logged as 500 and goes on panicking.
func AccessLog(logger *slog.Logger, metrics *Metrics, sections ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			line := &accessLine{
				recorder: recorder{ResponseWriter: w, code: http.StatusOK},
				method:   r.Method, path: r.URL.Path, start: time.Now(),
			}
			finished := false
			defer func() {
				if !finished && line.written == 0 {
					line.code = http.StatusInternalServerError
				}
				class := pathClass(line.path, sections)
				metrics.HTTPRequest(class, line.code)
				line.log(r, logger, class)
			}()
			next.ServeHTTP(line, r)
			finished = true
		})
	}
}

// accessLine is what is remembered of a request for the log. Method and path are taken
// before the handlers run, because these may rewrite the request.
type accessLine struct {
	recorder

	method string
	path   string
	start  time.Time
}

// log writes the line.
func (l *accessLine) log(r *http.Request, logger *slog.Logger, class string) {
	level := slog.LevelInfo
	if class == "ops" {
		level = slog.LevelDebug
	}
	if !logger.Enabled(r.Context(), level) { // or the words would be chosen for nobody
		return
	}
	logger.LogAttrs(r.Context(), level, "request",
		slog.String("method", clip(l.method, 16)),
		slog.String("path", visiblePath(l.path)),
		slog.Int("status", l.code),
		slog.Float64("ms", milliseconds(time.Since(l.start))),
		slog.Int64("bytes", l.written),
	)
}

// pathClass returns the group of paths that path belongs to.
func pathClass(path string, sections []string) string {
	section, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case section == "":
		return "home"
	case section == "livez", section == "readyz", section == "metrics":
		return "ops"
	case slices.Contains(sections, section):
		return section
	}
	return "other"
}

// visiblePath returns path as it may be logged: a segment of 20 bytes or more, which may be
// the secret of a share link or the key of an upload, shows its first four only.
func visiblePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) >= 20 {
			segments[i] = segment[:4] + "…"
		}
	}
	return clip(strings.Join(segments, "/"), 256)
}

// clip returns at most the first n bytes of s.
func clip(s string, n int) string { return s[:min(len(s), n)] }

// milliseconds returns d in milliseconds, with three digits after the point.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
