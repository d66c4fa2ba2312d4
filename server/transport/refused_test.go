package transport_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/server/transport"
)

// doorman refuses each operation whose extensions ask for it, or panics.
type doorman struct{}

func (doorman) ExtensionName() string                   { return "Doorman" }
func (doorman) Validate(graphql.ExecutableSchema) error { return nil }

func (doorman) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	if p.Extensions["panic"] != nil {
		panic("boom")
	}
	code := p.Extensions["refuse"]
	if code == nil {
		return nil
	}
	return &gqlerror.Error{Message: "no", Extensions: map[string]any{"code": code, "retryAfter": p.Extensions["after"]}}
}

func doormanServer(t *testing.T) *api {
	t.Helper()
	return newAPI(t, func(a *api, h *handler.Server) {
		h.Use(doorman{})
		sessions := transport.NewSessions(a.observer(), transport.Crowd{})
		h.AddTransport(transport.WebSocket{Sessions: sessions})
		h.AddTransport(transport.SSE{Sessions: sessions})
	})
}

func TestStatusFollowsTheCode(t *testing.T) {
	t.Parallel()
	a := doormanServer(t)
	for code, want := range map[string]struct {
		legacy, modern int
		retryAfter     string
	}{
		"UNAUTHENTICATED":           {200, 401, ""},
		"FORBIDDEN":                 {200, 403, ""},
		"RATE_LIMITED":              {429, 429, "7"},
		"UNAVAILABLE":               {200, 503, "7"},
		"INTERNAL":                  {200, 500, ""},
		"INVALID_ARGUMENT":          {200, 400, ""},
		"PERSISTED_QUERY_NOT_FOUND": {200, 400, ""},
	} {
		body := `{"query":"{ hello }","extensions":{"refuse":"` + code + `","after":6.5}}`
		modern, legacy := a.post(t, body, acceptResponse), a.post(t, body, acceptJSON)
		require.Equal(t, want.modern, modern.StatusCode, code)
		require.Equal(t, want.legacy, legacy.StatusCode, code)
		require.Equal(t, want.retryAfter, modern.Header.Get("Retry-After"), code)
		require.Equal(t, []string{code}, modern.errorCodes(t))
		require.NotContains(t, modern.body, `"data"`)
	}
}

func TestPanicsBeforeExecutionAreAnswered(t *testing.T) {
	t.Parallel()
	a := doormanServer(t)
	const body = `{"query":"{ hello }","extensions":{"panic":true}}`

	got := a.post(t, body, acceptResponse)
	require.Equal(t, 500, got.StatusCode)
	require.Equal(t, []string{"INTERNAL"}, got.errorCodes(t))
	require.Contains(t, a.post(t, body, acceptStream).body, `"code":"INTERNAL"`)

	c := a.connect(t)
	c.write(`{"id":"1","type":"subscribe","payload":%s}`, body)
	require.Equal(t, "INTERNAL", c.expectError("1"))
	c.subscribe("1", "{ hello }")
	require.Contains(t, c.read(), "world")
	require.NoError(t, c.Close())
}

// A presenter with a bug must not take the process along.
func TestPanicsInThePresenterAreAnswered(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(a *api, h *handler.Server) {
		h.SetErrorPresenter(func(context.Context, error) *gqlerror.Error { panic("boom") })
		h.AddTransport(transport.WebSocket{Sessions: transport.NewSessions(a.observer(), transport.Crowd{})})
	})
	require.Contains(t, a.post(t, `{"query":"{"}`).body, "GRAPHQL_PARSE_FAILED")
	c := a.connect(t)
	c.subscribe("1", "{")
	require.Contains(t, c.read(), "GRAPHQL_PARSE_FAILED")
	require.NoError(t, c.Close())
}

// The label of the metrics is the schema's field, however the operation spells it.
func TestObserverNamesTheRootField(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"subscription { ticks }", "subscription { alias: ticks }", "subscription { ... { ticks } }",
		"subscription { ...f } fragment f on Subscription { ticks }",
	} {
		a, _ := wsServer(t, nil)
		c := a.connect(t)
		c.subscribe("1", query)
		within(t, a.started, "the subscription")
		require.Equal(t, 1, a.subscribers("ticks"), query)
		for range 3 {
			a.ticks <- 1
			c.read()
		}
		require.Eventually(t, func() bool { return a.delivered() == 3 }, 5*time.Second, time.Millisecond)
		c.subscribe("2", "{ hello }")
		c.read()
		require.Equal(t, 1, a.subscribers("ticks"), "queries are not subscribers")
	}
}

// A peer that does not read at all is dropped when the write times out, even if the queue
// could hold more.
func TestWebSocketWriteTimeout(t *testing.T) {
	t.Parallel()
	a, sessions := wsServer(t, func(ws *transport.WebSocket) {
		ws.QueueBytes, ws.QueueMessages, ws.WriteTimeout = 1<<30, 1<<30, 50*time.Millisecond
	})
	c := a.connect(t)
	c.write(`{"id":"s","type":"subscribe","payload":{"query":"subscription { %s: count(to: 100000) }"}}`,
		strings.Repeat("x", 1000))
	require.Eventually(t, func() bool { return sessions.Len() == 0 }, 10*time.Second, time.Millisecond)
	a.requireAlive(t)
}
