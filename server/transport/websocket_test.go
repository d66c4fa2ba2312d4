package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
)

// wsServer starts a server with a WebSocket transport; change adjusts it.
func wsServer(t testing.TB, change func(ws *transport.WebSocket)) (*api, *transport.Sessions) {
	t.Helper()
	var sessions *transport.Sessions
	a := newAPI(t, func(a *api, h *handler.Server) {
		sessions = transport.NewSessions(a.observer(), transport.Crowd{})
		ws := transport.WebSocket{Sessions: sessions}
		if change != nil {
			change(&ws)
		}
		h.AddTransport(ws)
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, sessions.Drain(ctx))
	})
	return a, sessions
}

// wsClient is a raw client of graphql-transport-ws.
type wsClient struct {
	*websocket.Conn
	t testing.TB
}

func (a *api) dial(t testing.TB, subprotocols ...string) *wsClient {
	t.Helper()
	if subprotocols == nil {
		subprotocols = []string{"graphql-transport-ws"}
	}
	d := websocket.Dialer{Subprotocols: subprotocols}
	conn, _, err := d.Dial("ws"+strings.TrimPrefix(a.URL, "http"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	return &wsClient{conn, t}
}

// connect dials and initialises.
func (a *api) connect(t testing.TB) *wsClient {
	t.Helper()
	c := a.dial(t)
	c.write(`{"type":"connection_init"}`)
	c.expect(`{"type":"connection_ack"}`)
	return c
}

func (c *wsClient) write(format string, args ...any) {
	c.t.Helper()
	require.NoError(c.t, c.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)))
}

func (c *wsClient) subscribe(id, query string) {
	c.t.Helper()
	c.write(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, query)
}

func (c *wsClient) read() string {
	c.t.Helper()
	_, data, err := c.ReadMessage()
	require.NoError(c.t, err)
	return string(data)
}

func (c *wsClient) expect(messages ...string) {
	c.t.Helper()
	for _, message := range messages {
		require.JSONEq(c.t, message, c.read())
	}
}

// expectError reads an `error` message for the id and returns the code of its first error.
func (c *wsClient) expectError(id string) string {
	c.t.Helper()
	text := c.read()
	var m struct {
		ID, Type string
		Payload  []struct {
			Message    string
			Extensions struct{ Code, RequestID string }
		}
	}
	require.NoError(c.t, json.Unmarshal([]byte(text), &m), text)
	require.Equal(c.t, "error", m.Type, text)
	require.Equal(c.t, id, m.ID)
	require.Equal(c.t, "req_1", m.Payload[0].Extensions.RequestID)
	return m.Payload[0].Extensions.Code
}

// expectClose reads until the close frame.
func (c *wsClient) expectClose(code int, reason string) {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		require.ErrorAs(c.t, err, &closed)
		require.Equal(c.t, code, closed.Code, closed.Text)
		require.Contains(c.t, closed.Text, reason)
		return
	}
}

func TestWebSocketCarriesEveryKindOfOperation(t *testing.T) {
	t.Parallel()
	a, _ := wsServer(t, nil)
	c := a.connect(t)

	c.subscribe("q", "{ hello }")
	c.expect(`{"id":"q","type":"next","payload":{"data":{"hello":"world"}}}`, `{"id":"q","type":"complete"}`)

	c.subscribe("m", "mutation { bump }")
	c.expect(`{"id":"m","type":"next","payload":{"data":{"bump":1}}}`, `{"id":"m","type":"complete"}`)

	c.subscribe("s\"1", "subscription { count(to: 3) }")
	for n := range 3 {
		c.expect(fmt.Sprintf(`{"id":"s\"1","type":"next","payload":{"data":{"count":%d}}}`, n+1))
	}
	c.expect(`{"id":"s\"1","type":"complete"}`)

	c.write(`{"type":"ping","payload":{"a":1}}`)
	c.expect(`{"type":"pong"}`)
	c.write(`{"type":"pong"}`)
	c.write(`{"id":"unknown","type":"complete"}`)

	c.subscribe("q", "{ again: hello }")
	c.expect(`{"id":"q","type":"next","payload":{"data":{"again":"world"}}}`, `{"id":"q","type":"complete"}`)
}

func TestWebSocketErrors(t *testing.T) {
	t.Parallel()
	a, _ := wsServer(t, nil)
	c := a.connect(t)
	for query, code := range map[string]string{
		"{":                                  "GRAPHQL_PARSE_FAILED",
		"{ nope }":                           "GRAPHQL_VALIDATION_FAILED",
		"query($t:String!){ echo(text:$t) }": "GRAPHQL_VALIDATION_FAILED",
		"{ explode }":                        "INTERNAL",
		"subscription { explode }":           "INTERNAL",
	} {
		c.subscribe("e", query)
		require.Equal(t, code, c.expectError("e"), query)
	}
	// A refusal by the resolver is an answer: errors in `next`, as over HTTP.
	c.subscribe("r", "subscription { refused }")
	require.Contains(t, c.read(), `"not for you"`)
	c.expect(`{"id":"r","type":"complete"}`)

	c.subscribe("q", "{ hello }")
	require.Contains(t, c.read(), "world", "the socket is still of use")
}

func TestWebSocketCloseCodes(t *testing.T) {
	t.Parallel()
	a, _ := wsServer(t, func(ws *transport.WebSocket) {
		ws.InitTimeout = 100 * time.Millisecond
		ws.MaxMessage = 1000
		ws.MessageRate, ws.MessageBurst = 1, 20
		ws.Init = func(ctx context.Context, payload map[string]any) (context.Context, error) {
			switch payload["as"] {
			case "nobody":
				return nil, errors.New("no such user")
			case "bug":
				panic("boom")
			default:
				return ctx, nil
			}
		}
	})
	const init = `{"type":"connection_init"}`
	for name, tc := range map[string]struct {
		send   []string
		code   int
		reason string
	}{
		"not JSON":          {[]string{init, `{"type":`}, 4400, "malformed"},
		"not an object":     {[]string{init, `[]`}, 4400, "object"},
		"no type":           {[]string{init, `{}`}, 4400, "type"},
		"server's type":     {[]string{init, `{"type":"next","id":"1"}`}, 4400, "type"},
		"no id":             {[]string{init, `{"type":"subscribe","payload":{"query":"{hello}"}}`}, 4400, "id"},
		"long id":           {[]string{init, `{"type":"complete","id":"` + strings.Repeat("x", 129) + `"}`}, 4400, "id"},
		"no query":          {[]string{init, `{"type":"subscribe","id":"1","payload":{}}`}, 4400, "query"},
		"payload type":      {[]string{init, `{"type":"subscribe","id":"1","payload":"{hello}"}`}, 4400, "payload"},
		"variables type":    {[]string{init, `{"type":"subscribe","id":"1","payload":{"query":"{hello}","variables":[]}}`}, 4400, "variables"},
		"duplicate key":     {[]string{init, `{"type":"ping","type":"pong"}`}, 4400, "twice"},
		"bad UTF-8":         {[]string{init, "{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}"}, 4400, "UTF-8"},
		"too early":         {[]string{`{"type":"subscribe","id":"1","payload":{"query":"{hello}"}}`}, 4401, "Unauthorized"},
		"refused":           {[]string{`{"type":"connection_init","payload":{"as":"nobody"}}`}, 4403, "Forbidden"},
		"bug in init":       {[]string{`{"type":"connection_init","payload":{"as":"bug"}}`}, 4500, "Internal"},
		"silent":            {nil, 4408, "timeout"},
		"only pings":        {[]string{`{"type":"ping"}`}, 4408, "timeout"},
		"duplicate id":      {[]string{init, `{"type":"subscribe","id":"a","payload":{"query":"{wait}"}}`, `{"type":"subscribe","id":"a","payload":{"query":"{hello}"}}`}, 4409, "Subscriber for a already exists"},
		"second init":       {[]string{init, init}, 4429, "Too many"},
		"too large":         {[]string{init, `{"type":"ping","payload":{"a":"` + strings.Repeat("x", 2000) + `"}}`}, 1009, ""},
		"flood of messages": {slicesRepeat(`{"type":"ping"}`, 30), 1008, "Too many messages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := a.dial(t)
			for _, m := range tc.send {
				// A write may fail once the server has closed; the close frame is what counts.
				_ = c.WriteMessage(websocket.TextMessage, []byte(m))
			}
			c.expectClose(tc.code, tc.reason)
		})
	}
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		c := a.dial(t)
		require.NoError(t, c.WriteMessage(websocket.BinaryMessage, []byte(init)))
		c.expectClose(4400, "text")
	})
	t.Run("legacy subprotocol", func(t *testing.T) {
		t.Parallel()
		a.dial(t, "graphql-ws").expectClose(4406, "Subprotocol not acceptable")
	})
	t.Run("client leaves", func(t *testing.T) {
		t.Parallel()
		c := a.dial(t)
		require.NoError(t, c.WriteControl(websocket.CloseMessage,
			websocket.FormatCloseMessage(1000, "bye"), time.Now().Add(time.Second)))
		c.expectClose(1000, "")
	})
}

func slicesRepeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestWebSocketEndsOperations(t *testing.T) {
	t.Parallel()
	a, sessions := wsServer(t, nil)
	c := a.connect(t)

	c.subscribe("1", "subscription { ticks }")
	within(t, a.started, "the subscription")
	require.Equal(t, 1, a.subscribers("ticks"))
	a.ticks <- 7
	c.expect(`{"id":"1","type":"next","payload":{"data":{"ticks":7}}}`)

	// complete from the client ends the operation, frees the id and is not answered.
	c.write(`{"id":"1","type":"complete"}`)
	within(t, a.ended, "the end after complete")
	c.subscribe("1", "{ hello }")
	c.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"world"}}}`, `{"id":"1","type":"complete"}`)

	// losing the socket ends queries and subscriptions.
	c.subscribe("2", "subscription { ticks }")
	c.subscribe("3", "{ wait }")
	within(t, a.started, "the subscription")
	within(t, a.started, "the query")
	require.NoError(t, c.Close())
	within(t, a.ended, "the end of the first")
	within(t, a.ended, "the end of the second")
	require.Eventually(t, func() bool { return sessions.Len() == 0 && a.subscribers("ticks") == 0 },
		5*time.Second, time.Millisecond)
}

func TestWebSocketCapsOperations(t *testing.T) {
	t.Parallel()
	a, _ := wsServer(t, func(ws *transport.WebSocket) { ws.MaxSubscriptions = 2 })
	c := a.connect(t)
	c.subscribe("1", "subscription { ticks }")
	c.subscribe("2", "subscription { ticks }")
	c.subscribe("3", "{ hello }")
	require.Equal(t, "RATE_LIMITED", c.expectError("3"))
	c.write(`{"id":"1","type":"complete"}`)
	c.subscribe("3", "{ hello }")
	c.expect(`{"id":"3","type":"next","payload":{"data":{"hello":"world"}}}`)
}

func TestWebSocketKeepAlive(t *testing.T) {
	t.Parallel()
	revoked := make(chan struct{})
	type keyType struct{}
	a, _ := wsServer(t, func(ws *transport.WebSocket) {
		ws.KeepAlive, ws.PongTimeout = 30*time.Millisecond, 60*time.Millisecond
		ws.Init = func(ctx context.Context, payload map[string]any) (context.Context, error) {
			return context.WithValue(ctx, keyType{}, payload["as"]), nil
		}
		ws.Alive = func(ctx context.Context) error {
			select {
			case <-revoked:
				if ctx.Value(keyType{}) == "kim" {
					return errors.New("revoked")
				}
			default:
			}
			return nil
		}
	})
	t.Run("a silent peer is dropped", func(t *testing.T) {
		t.Parallel()
		c := a.connect(t)
		c.SetPingHandler(func(string) error { return nil })
		c.expect(`{"type":"ping"}`)
		c.expectClose(1001, "No answer")
	})
	t.Run("a frame pong is enough, until the session is revoked", func(t *testing.T) {
		t.Parallel()
		c := a.dial(t)
		c.write(`{"type":"connection_init","payload":{"as":"kim"}}`)
		c.expect(`{"type":"connection_ack"}`)
		for range 6 {
			c.expect(`{"type":"ping"}`)
		}
		close(revoked)
		c.expectClose(4403, "Forbidden")
	})
	t.Run("a message pong is enough", func(t *testing.T) {
		t.Parallel()
		c := a.connect(t)
		c.SetPingHandler(func(string) error { return nil })
		for range 6 {
			c.expect(`{"type":"ping"}`)
			c.write(`{"type":"pong"}`)
		}
	})
}
