package obs_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/platform/obs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	sane := []string{"a", "0af7651916cd43dd8448eb211c80319c", "A-b_c.9", strings.Repeat("x", 64)}
	odd := []string{"", strings.Repeat("x", 65), "a b", "a\"b", "a\nb", "한글", "a/b"}
	ask := func(id string) (inContext, inHeader string) {
		handler := obs.IdentifyRequests(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			inContext = obs.RequestID(r.Context())
		}))
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header["X-Request-Id"] = []string{id}
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		return inContext, response.Header().Get("X-Request-Id")
	}
	for _, id := range sane {
		inContext, inHeader := ask(id)
		require.Equal(t, id, inContext)
		require.Equal(t, id, inHeader)
	}
	for _, id := range odd {
		inContext, inHeader := ask(id)
		require.Equal(t, inContext, inHeader)
		_, err := ulid.ParseStrict(inContext)
		require.NoError(t, err, "a fresh id takes the place of %q", id)
	}
	require.Empty(t, obs.RequestID(t.Context()))
}

func TestAccessLogLine(t *testing.T) {
	t.Parallel()
	site := newSite(slog.LevelInfo, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	request := httptest.NewRequest(http.MethodPost, "/graphql?token=hunter2", strings.NewReader("hunter2"))
	request.Header.Set("Authorization", "Bearer hunter2")
	request.Header.Set("X-Request-Id", "req-1")
	site.ServeHTTP(httptest.NewRecorder(), request)

	require.NotContains(t, site.log.String(), "hunter2")
	line := decodeLine(t, site.log.Bytes())
	require.Contains(t, line, "time")
	require.GreaterOrEqual(t, line["ms"], 0.0)
	delete(line, "time")
	delete(line, "ms")
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "request", "request_id": "req-1",
		"method": "POST", "path": "/graphql", "status": 418.0, "bytes": 15.0,
	}, line)
	require.Contains(t, scrape(t, site.metrics), `moa_http_requests_total{code="418",path_class="graphql"} 1`)
}

func TestAccessLogLevels(t *testing.T) {
	t.Parallel()
	for path, level := range map[string]string{
		"/livez": "DEBUG", "/readyz": "DEBUG", "/metrics": "DEBUG",
		"/": "INFO", "/graphql": "INFO", "/livezz": "INFO",
	} {
		site := newSite(slog.LevelDebug, func(http.ResponseWriter, *http.Request) {})
		site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, level, decodeLine(t, site.log.Bytes())["level"], path)
	}
}

func TestAccessLogClassesAreBounded(t *testing.T) {
	t.Parallel()
	site := newSite(slog.LevelInfo, func(http.ResponseWriter, *http.Request) {})
	for _, path := range []string{"/", "/graphql", "/graphql/x", "/share/abc", "/livez", "/wp-login.php", "/.env", "/a/graphql"} {
		site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	text := scrape(t, site.metrics)
	for class, n := range map[string]string{"home": "1", "graphql": "2", "share": "1", "ops": "1", "other": "3"} {
		require.Contains(t, text, `moa_http_requests_total{code="200",path_class="`+class+`"} `+n)
	}
	require.Equal(t, 5, strings.Count(text, "\nmoa_http_requests_total{"))
}

func TestAccessLogHidesSecretsInPaths(t *testing.T) {
	t.Parallel()
	site := newSite(slog.LevelInfo, func(http.ResponseWriter, *http.Request) {})
	site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/share/q1w2e3r4t5y6u7i8o9p0a1s2/image.png", nil))
	require.Equal(t, "/share/q1w2…/image.png", decodeLine(t, site.log.Bytes())["path"])

	site.log.Reset()
	site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, strings.Repeat("/abcdefgh", 1000), nil))
	require.Len(t, decodeLine(t, site.log.Bytes())["path"], 256)
}

func TestAccessLogSeesAPanic(t *testing.T) {
	t.Parallel()
	site := newSite(slog.LevelInfo, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() {
		site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/graphql", nil))
	})
	require.EqualValues(t, 500, decodeLine(t, site.log.Bytes())["status"])
}

func TestAccessLogKeepsStreamsAlive(t *testing.T) {
	t.Parallel()
	finish := make(chan struct{})
	site := newSite(slog.LevelInfo, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-finish
	})
	server := httptest.NewServer(site)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/graphql")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	first, err := bufio.NewReader(response.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "first\n", first, "it arrives while the handler still runs")
	close(finish)
}

func TestAccessLogKeepsHijackAlive(t *testing.T) {
	t.Parallel()
	site := newSite(slog.LevelInfo, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n")
		_ = conn.Close()
	})
	server := httptest.NewServer(site)
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /graphql HTTP/1.1\r\nHost: moa\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n")
	require.NoError(t, err)
	status, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, status, "101")
	<-site.served
	server.Close()
	require.EqualValues(t, 101, decodeLine(t, site.log.Bytes())["status"])
	require.Contains(t, scrape(t, site.metrics), `moa_http_requests_total{code="101",path_class="graphql"} 1`)
}

// site is a handler behind the middleware, with its log and metrics. Its served channel
// gets a value after each request is logged.
type site struct {
	http.Handler
	log     bytes.Buffer
	metrics *obs.Metrics
	served  chan struct{}
}

func newSite(level slog.Level, handler http.HandlerFunc) *site {
	s := &site{metrics: obs.NewMetrics(prometheus.NewRegistry()), served: make(chan struct{}, 100)}
	logger := obs.NewLogger(&s.log, level, "production")
	logged := obs.AccessLog(logger, s.metrics, "graphql", "share")(handler)
	s.Handler = obs.IdentifyRequests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { s.served <- struct{}{} }()
		logged.ServeHTTP(w, r)
	}))
	return s
}
