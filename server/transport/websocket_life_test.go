package transport_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/server/transport"
)

func TestWebSocketOrigin(t *testing.T) {
	t.Parallel()
	a, _ := wsServer(t, nil)
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	url := "ws" + strings.TrimPrefix(a.URL, "http")

	_, res, err := d.Dial(url, http.Header{"Origin": {"https://evil.example"}})
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, res.StatusCode)

	conn, _, err := d.Dial(url, http.Header{"Origin": {a.URL}})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

func TestWebSocketDropsSlowReaders(t *testing.T) {
	t.Parallel()
	a, sessions := wsServer(t, func(ws *transport.WebSocket) {
		ws.QueueBytes, ws.WriteTimeout = 64<<10, time.Minute
	})
	slow, quick := a.connect(t), a.connect(t)
	// The slow one asks for far more than the system's socket buffers hold, and never reads.
	text := strings.Repeat("x", 1000)
	slow.write(`{"id":"s","type":"subscribe","payload":{"query":"subscription { %s: count(to: 1000000) }"}}`, "a"+text)
	require.Eventually(t, func() bool { return sessions.Len() == 1 }, 10*time.Second, 5*time.Millisecond,
		"the slow reader is gone long before its write times out")
	quick.subscribe("q", "{ hello }")
	require.Contains(t, quick.read(), "world")
}

func TestDrainEndsSockets(t *testing.T) {
	t.Parallel()
	a, sessions := wsServer(t, nil)
	c := a.connect(t)
	c.subscribe("1", "subscription { ticks }")
	within(t, a.started, "the subscription")
	a.ticks <- 1
	c.expect(`{"id":"1","type":"next","payload":{"data":{"ticks":1}}}`)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- sessions.Drain(ctx) }()
	c.expectClose(1012, "Service restart")
	require.NoError(t, within(t, drained, "drain"))
	require.Zero(t, sessions.Len())

	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	_, res, err := d.Dial("ws"+strings.TrimPrefix(a.URL, "http"), nil)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "2", res.Header.Get("Retry-After"))
}

func TestDrainGivesUp(t *testing.T) {
	t.Parallel()
	a, sessions := wsServer(t, nil)
	c := a.connect(t)
	c.subscribe("1", "subscription { ticks }")
	within(t, a.started, "the subscription")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, sessions.Drain(ctx), context.Canceled)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
