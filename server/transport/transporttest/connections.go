package transporttest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// Sockets attacks the WebSocket at url (http or https), whose limits may be the defaults. Each
// attack must end with the right close code and must leave the server able to answer.
func Sockets(t *testing.T, url string) {
	const ping = `{"type":"ping"}`
	for name, attack := range map[string]struct {
		message string
		times   int
		code    int
	}{
		"oversized message":  {strings.Repeat("x", 5<<20), 1, websocket.CloseMessageTooBig},
		"flood of messages":  {ping, 20_000, websocket.ClosePolicyViolation},
		"flood of completes": {`{"id":"1","type":"complete"}`, 20_000, websocket.ClosePolicyViolation},
		"malformed message":  {`{"type":`, 1, 4400},
		"deep message":       {strings.Repeat(`{"payload":`, 50_000), 1, 4400},
		"NUL":                {"{\"type\":\"ping\x00\"}", 1, 4400},
		"bad UTF-8":          {"{\"type\":\"ping\",\"payload\":{\"a\":\"\xc3\x28\"}}", 1, 4400},
		"second init":        {`{"type":"connection_init"}`, 1, 4429},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, url)
			for range attack.times {
				if conn.WriteMessage(websocket.TextMessage, []byte(attack.message)) != nil {
					break // the server has had enough
				}
			}
			requireClosed(t, conn, attack.code)
			RequireAlive(t, url)
		})
	}
}

// Subscriptions opens more operations on one socket than the server at url allows (limit), and
// requires RATE_LIMITED for those above. The query must be one that does not end by itself.
func Subscriptions(t *testing.T, url, query string, limit int) {
	t.Helper()
	conn := dial(t, url)
	for i := range limit + 5 {
		message := fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":%s}`, i, document(query))
		require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte(message)))
	}
	for refused := 0; refused < 5; {
		_, data, err := conn.ReadMessage()
		require.NoError(t, err)
		if bytes.Contains(data, []byte("RATE_LIMITED")) {
			refused++
		}
	}
	RequireAlive(t, url)
}

// Silent opens sockets that never say a word, and requires the server at url to close each with
// 4408 within the given time.
func Silent(t *testing.T, url string, sockets int, within time.Duration) {
	t.Helper()
	conns := make([]*websocket.Conn, sockets)
	for i := range conns {
		conns[i] = open(t, url)
	}
	for _, conn := range conns {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(within)))
		requireClosed(t, conn, 4408)
	}
	RequireAlive(t, url)
}

// Slowloris opens connections that start a request and never finish it, and requires the server at
// target to close each within the given time: its read timeouts are
// then set. An ordinary query is answered meanwhile.
func Slowloris(t *testing.T, target string, connections int, within time.Duration) {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	conns := make([]net.Conn, connections)
	for i := range conns {
		conns[i], err = net.Dial("tcp", u.Host)
		require.NoError(t, err)
		defer conns[i].Close()
		start := "POST " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n"
		if i%2 == 0 { // half of them stop inside the body instead of the headers
			start += "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
		}
		_, err = conns[i].Write([]byte(start))
		require.NoError(t, err)
	}
	RequireAlive(t, target)
	deadline := time.Now().Add(within)
	for _, conn := range conns {
		require.NoError(t, conn.SetReadDeadline(deadline))
		_, err := io.Copy(io.Discard, conn)
		var timeout net.Error
		require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the server still waits for the request")
	}
	RequireAlive(t, target)
}

// open connects without initialising.
func open(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, _, err := d.Dial("ws"+strings.TrimPrefix(url, "http"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// dial connects and initialises.
func dial(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	conn := open(t, url)
	require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)))
	_, data, err := conn.ReadMessage()
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"connection_ack"}`, string(data))
	return conn
}

func requireClosed(t testing.TB, conn *websocket.Conn, code int) {
	t.Helper()
	for {
		_, _, err := conn.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		require.ErrorAs(t, err, &closed)
		require.Equal(t, code, closed.Code, closed.Text)
		return
	}
}
