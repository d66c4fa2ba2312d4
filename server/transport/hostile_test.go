package transport_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
	"github.com/moa-bff/moa/server/transport/transporttest"
)

func TestHostileRequests(t *testing.T) {
	a := newAPI(t, nil)
	transporttest.Requests(t, a.URL)
}

func TestWhoIsRefusedHearsWhy(t *testing.T) {
	t.Parallel()
	transporttest.Refused(t, newAPI(t, nil).URL, "Content-Type: text/plain", http.StatusUnsupportedMediaType)
}

// An Int of 32 bits that does not fit is an error, never another number.
func TestNumbersStayExact(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	body := `{"query":"query($a: Int!) { add(a: $a, b: 1) }","variables":{"a":%s}}`
	require.JSONEq(t, `{"data":{"add":2147483647}}`, a.post(t, fmt.Sprintf(body, "2147483646")).body)
	for _, n := range []string{"2147483648", "9007199254740993", "9223372036854775808", "1.5", "1e3"} {
		got := a.post(t, fmt.Sprintf(body, n))
		require.Contains(t, got.body, `"errors"`, n)
		require.NotContains(t, got.body, `"add":2`, n)
	}
	require.JSONEq(t, `{"data":{"echo":"9007199254740993"}}`,
		a.post(t, `{"query":"query($t: String!) { echo(text: $t) }","variables":{"t":"9007199254740993"}}`).body)
}

func TestHostileSockets(t *testing.T) {
	a, sessions := wsServer(t, func(ws *transport.WebSocket) {
		ws.InitTimeout, ws.MaxSubscriptions = 200*time.Millisecond, 10
	})
	transporttest.Sockets(t, a.URL)
	transporttest.Silent(t, a.URL, 50, 5*time.Second)
	transporttest.Subscriptions(t, a.URL, "subscription { ticks }", 10)
	t.Run("subscribe and complete", func(t *testing.T) {
		c := a.connect(t)
		for range 10_000 {
			if c.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"subscribe","payload":{"query":"{hello}"}}`)) != nil ||
				c.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"complete"}`)) != nil {
				break
			}
		}
		c.expectClose(1008, "Too many messages")
	})
	t.Run("frame pings", func(t *testing.T) {
		c := a.connect(t)
		for range 10_000 {
			if c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second)) != nil {
				break
			}
		}
		c.expectClose(1008, "Too many messages")
	})
	t.Run("many at once", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 100 {
			c := a.connect(t)
			wg.Go(func() {
				for range 100 {
					if c.WriteMessage(websocket.TextMessage, []byte(`{`)) != nil {
						return
					}
				}
			})
		}
		wg.Wait()
	})
	transporttest.RequireAlive(t, a.URL)
	require.Eventually(t, func() bool { return sessions.Len() < 100 }, 10*time.Second, 10*time.Millisecond)
}

func TestSlowloris(t *testing.T) {
	s := httptest.NewUnstartedServer(newAPI(t, nil).Config.Handler)
	s.Config.ReadTimeout = 300 * time.Millisecond
	s.Start()
	defer s.Close()
	transporttest.Slowloris(t, s.URL, 20, 5*time.Second)
}
