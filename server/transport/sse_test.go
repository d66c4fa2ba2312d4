package transport_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
)

const acceptStream = "Accept: text/event-stream"

func sseServer(t testing.TB, change func(s *transport.SSE)) (*api, *transport.Sessions) {
	t.Helper()
	var sessions *transport.Sessions
	a := newAPI(t, func(a *api, h *handler.Server) {
		sessions = transport.NewSessions(a.observer(), transport.Crowd{})
		sse := transport.SSE{Sessions: sessions}
		if change != nil {
			change(&sse)
		}
		h.AddTransport(sse)
	})
	return a, sessions
}

// events is an open event stream; close leaves it as a client does.
type events struct {
	*bufio.Reader
	t     testing.TB
	res   *http.Response
	close func()
}

func (a *api) open(t testing.TB, query string) *events {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, strings.NewReader(`{"query":`+quote(query)+`}`))
	require.NoError(t, err)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Content-Type", "application/json")
	res, err := a.Client().Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return &events{bufio.NewReader(res.Body), t, res, cancel}
}

// block reads up to the next empty line.
func (e *events) block() string {
	e.t.Helper()
	var lines []string
	for {
		line, err := e.ReadString('\n')
		require.NoError(e.t, err)
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return strings.Join(lines, "|")
		}
		lines = append(lines, line)
	}
}

const opening = ":\nretry: 2000\n\n"

func TestSSECarriesEveryKindOfOperation(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, nil)
	for query, want := range map[string]string{
		"{ hello }":                        "event: next\ndata: {\"data\":{\"hello\":\"world\"}}\n\n",
		"{ pretty }":                       "event: next\ndata: {\"data\":{\"pretty\":{ \"a\":  1}}}\n\n",
		"mutation { bump }":                "event: next\ndata: {\"data\":{\"bump\":1}}\n\n",
		"subscription { count(to: 2) }":    "event: next\ndata: {\"data\":{\"count\":1}}\n\nevent: next\ndata: {\"data\":{\"count\":2}}\n\n",
		"subscription { n: count(to: 0) }": "",
	} {
		got := a.post(t, `{"query":`+quote(query)+`}`, acceptStream)
		require.Equal(t, http.StatusOK, got.StatusCode)
		require.Equal(t, "text/event-stream; charset=utf-8", got.Header.Get("Content-Type"))
		require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
		require.Equal(t, "no", got.Header.Get("X-Accel-Buffering"))
		require.Equal(t, opening+want+"event: complete\ndata:\n\n", got.body, query)
	}
	got := a.send(t, http.MethodGet, "/?query="+url.QueryEscape("subscription { count(to: 1) }"), "", acceptStream)
	require.Contains(t, got.body, `{"count":1}`)
}

func TestSSEErrors(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, nil)
	for query, code := range map[string]string{
		"{":                        "GRAPHQL_PARSE_FAILED",
		"{ nope }":                 "GRAPHQL_VALIDATION_FAILED",
		"{ explode }":              "INTERNAL",
		"subscription { explode }": "INTERNAL",
	} {
		got := a.post(t, `{"query":`+quote(query)+`}`, acceptStream)
		require.Equal(t, http.StatusOK, got.StatusCode)
		require.Contains(t, got.body, `event: next`)
		require.Contains(t, got.body, `"code":"`+code+`"`)
		require.True(t, strings.HasSuffix(got.body, "event: complete\ndata:\n\n"))
	}
	// What cannot be read is refused as over plain HTTP.
	for body, status := range map[string]int{`{`: 400, `[]`: 400, `{}`: 400, strings.Repeat("x", 2<<20): 413} {
		got := a.post(t, body, acceptStream)
		require.Equal(t, status, got.StatusCode)
		require.Equal(t, []string{"INVALID_ARGUMENT"}, got.errorCodes(t))
	}
	require.Equal(t, 415, a.send(t, http.MethodPost, "/", `{"query":"{hello}"}`, acceptStream).StatusCode)

	got := a.send(t, http.MethodGet, "/?query="+url.QueryEscape("mutation { bump }"), "", acceptStream)
	require.Equal(t, http.StatusMethodNotAllowed, got.StatusCode)
	require.Zero(t, a.bumps)
}

func TestSSEIsChosenByAccept(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, nil)
	for accept, want := range map[string]string{
		"text/event-stream":                         "text/event-stream; charset=utf-8",
		"application/json;q=0.5, text/event-stream": "text/event-stream; charset=utf-8",
		"application/json, text/event-stream;q=0.5": typeJSON,
		"application/json, text/event-stream":       typeJSON,
		"text/event-stream, application/json":       "text/event-stream; charset=utf-8",
		"text/event-stream;q=0, */*":                typeJSON,
		"text/*, */*;q=0.1":                         typeJSON,
		"*/*":                                       typeJSON,
	} {
		got := a.post(t, `{"query":"{ hello }"}`, "Accept: "+accept)
		require.Equal(t, want, got.Header.Get("Content-Type"), accept)
	}
	require.Equal(t, http.StatusMethodNotAllowed, a.send(t, http.MethodPut, "/", "", acceptStream).StatusCode)
}

func TestSSEStreamsUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	a, sessions := sseServer(t, func(s *transport.SSE) { s.KeepAlive = 20 * time.Millisecond })
	e := a.open(t, "subscription { ticks }")
	require.Equal(t, ":|retry: 2000", e.block(), "the opening arrives before any event")
	within(t, a.started, "the subscription")
	require.Equal(t, 1, a.subscribers("ticks"))
	require.Equal(t, ":", e.block(), "keep-alive")
	a.ticks <- 5
	for block := e.block(); block != `event: next|data: {"data":{"ticks":5}}`; block = e.block() {
		require.Equal(t, ":", block)
	}
	e.close()
	within(t, a.ended, "the end of the operation")
	require.Eventually(t, func() bool { return sessions.Len() == 0 && a.subscribers("ticks") == 0 },
		5*time.Second, time.Millisecond)
}

func TestSSEEndsWhenTheSessionIsRevoked(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, func(s *transport.SSE) {
		s.KeepAlive = 20 * time.Millisecond
		s.Alive = func(context.Context) error { return errors.New("revoked") }
	})
	e := a.open(t, "subscription { ticks }")
	e.block()
	_, err := e.ReadString(0)
	require.Error(t, err, "the stream is over")
	within(t, a.ended, "the end of the operation")
}

// Events must not put off the question whether the session still holds.
func TestSSEEndsARevokedSessionWhileEventsCome(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, func(s *transport.SSE) {
		s.KeepAlive = 500 * time.Millisecond // no event comes so much later than the one before
		s.Alive = func(context.Context) error { return errors.New("revoked") }
	})
	e := a.open(t, "subscription { ticks }")
	e.block()
	within(t, a.started, "the subscription")
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = e.WriteTo(io.Discard)
	}()
	late := time.After(10 * time.Second)
	for {
		select {
		case a.ticks <- 1:
		case <-over:
			return
		case <-late:
			require.FailNow(t, "the stream of a revoked session goes on")
		}
	}
}

func TestDrainEndsEventStreams(t *testing.T) {
	t.Parallel()
	a, sessions := sseServer(t, nil)
	e := a.open(t, "subscription { ticks }")
	e.block()
	within(t, a.started, "the subscription")
	a.ticks <- 1
	require.Contains(t, e.block(), "next")

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	require.NoError(t, sessions.Drain(ctx))
	rest, _ := e.ReadString(0)
	require.NotContains(t, rest, "complete", "so that the client comes back")

	got := a.post(t, `{"query":"{ hello }"}`, acceptStream)
	require.Equal(t, http.StatusServiceUnavailable, got.StatusCode)
	require.Equal(t, "2", got.Header.Get("Retry-After"))
	require.Equal(t, []string{"UNAVAILABLE"}, got.errorCodes(t))
	a.requireAlive(t)
}

// A client that never reads must not hold an operation for ever.
func TestSSEDropsDeadClients(t *testing.T) {
	t.Parallel()
	a, sessions := sseServer(t, func(s *transport.SSE) { s.WriteTimeout = 100 * time.Millisecond })
	conn, err := net.Dial("tcp", a.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	body := `{"query":"subscription { ` + strings.Repeat("x", 1000) + `: count(to: 1000000) }"}`
	req := httptest.NewRequest(http.MethodPost, a.URL, strings.NewReader(body))
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Content-Type", "application/json")
	require.NoError(t, req.Write(conn))
	require.Eventually(t, func() bool { return sessions.Len() == 1 }, 5*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return sessions.Len() == 0 }, 10*time.Second, time.Millisecond)
	a.requireAlive(t)
}

// deadlines is a response writer that remembers its last write deadline.
type deadlines struct {
	*httptest.ResponseRecorder
	write time.Time
}

func (d *deadlines) SetReadDeadline(time.Time) error    { return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = t; return nil }

// A keep-alive connection must not inherit the write deadline of a finished stream.
func TestSSELeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	a, _ := sseServer(t, nil)
	w := &deadlines{ResponseRecorder: httptest.NewRecorder(), write: time.Now()}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query":"{ hello }"}`))
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Content-Type", "application/json")
	a.Config.Handler.ServeHTTP(w, r)
	require.Contains(t, w.Body.String(), "complete")
	require.True(t, w.write.IsZero())
}
