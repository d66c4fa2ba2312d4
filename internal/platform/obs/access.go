package obs

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"
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
			line := accessLine{method: r.Method, path: r.URL.Path, response: httpsnoop.Metrics{Code: http.StatusOK}}
			finished := false
			defer func() {
				if !finished && line.response.Written == 0 {
					line.response.Code = http.StatusInternalServerError
				}
				class := pathClass(line.path, sections)
				metrics.HTTPRequest(class, line.response.Code)
				line.log(r, logger, class)
			}()
			line.response.CaptureMetrics(line.watchHijack(w), func(w http.ResponseWriter) { next.ServeHTTP(w, r) })
			finished = true
		})
	}
}

// accessLine is what is remembered of a request for the log. Method and path are taken
// before the handlers run, because these may rewrite the request.
type accessLine struct {
	method   string
	path     string
	response httpsnoop.Metrics
}

// watchHijack returns w with the same abilities, and notes when the connection is taken over.
func (l *accessLine) watchHijack(w http.ResponseWriter) http.ResponseWriter {
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		Hijack: func(next httpsnoop.HijackFunc) httpsnoop.HijackFunc {
			return func() (net.Conn, *bufio.ReadWriter, error) {
				conn, buffer, err := next()
				if err == nil {
					l.response.Code = http.StatusSwitchingProtocols
				}
				return conn, buffer, err
			}
		},
	})
}

// log writes the line.
func (l *accessLine) log(r *http.Request, logger *slog.Logger, class string) {
	level := slog.LevelInfo
	if class == "ops" {
		level = slog.LevelDebug
	}
	logger.LogAttrs(r.Context(), level, "request",
		slog.String("method", clip(l.method, 16)),
		slog.String("path", visiblePath(l.path)),
		slog.Int("status", l.response.Code),
		slog.Float64("ms", milliseconds(l.response.Duration)),
		slog.Int64("bytes", l.response.Written),
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
