package transport_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/server/transport"
)

// TestCrowdsAreBounded holds that one client cannot take all streams, and that its seats are free again
// when it leaves.
func TestCrowdsAreBounded(t *testing.T) {
	t.Parallel()
	sessions := transport.NewSessions(transport.Observer{}, transport.Crowd{
		Max:    2,
		Client: func(r *http.Request) string { return r.Header.Get("X-Client") },
	})
	socket := transport.WebSocket{Sessions: sessions}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket.Do(w, r, refusing{})
	}))
	defer server.Close()
	dial := func(client string) (*websocket.Conn, int) {
		dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
		conn, response, err := dialer.Dial(strings.Replace(server.URL, "http", "ws", 1), http.Header{"X-Client": {client}})
		if response != nil {
			_ = response.Body.Close()
		}
		if err != nil {
			return nil, response.StatusCode
		}
		return conn, response.StatusCode
	}
	first, _ := dial("a")
	second, _ := dial("a")
	third, status := dial("a")
	require.Nil(t, third)
	require.Equal(t, http.StatusTooManyRequests, status)
	other, _ := dial("b")
	require.NotNil(t, other)
	uncounted, _ := dial("")
	require.NotNil(t, uncounted)

	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		again, _ := dial("a")
		if again != nil {
			_ = again.Close()
		}
		return again != nil
	}, 10*time.Second, 5*time.Millisecond)
	for _, conn := range []*websocket.Conn{second, other, uncounted} {
		_ = conn.Close()
	}
	require.Eventually(t, func() bool { return sessions.Len() == 0 }, 10*time.Second, 5*time.Millisecond)
}

// refusing is an executor that nothing reaches but refusals.
type refusing struct{ graphql.GraphExecutor }

// DispatchError implements [graphql.GraphExecutor].
func (refusing) DispatchError(_ context.Context, list gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: list}
}
