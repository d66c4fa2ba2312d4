//go:build !race

package server_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// idleTarget is what an idle subscriber may cost: heap and stacks, without what the kernel keeps for its
// connection. The client's half lives in the same process and counts as well, but is small: it is a
// connection and nothing else.
const idleTarget = 25 << 10

// TestIdleSubscribersAreCheap holds what somebody costs who listens to a live field on which nothing
// happens. The race detector keeps memory of its own, so this is not built with it.
func TestIdleSubscribersAreCheap(t *testing.T) {
	const people = 500
	m := start(t, "MOA_LIMIT_STREAMS=10000", "MOA_LIMIT_VIEWER_RATE=100000")
	address, err := url.Parse(m.url)
	require.NoError(t, err)
	state := `subscription($id: ID!) { couponStock(couponId: $id) { remaining } }`
	log := `subscription($id: ID!, $after: Cursor) { couponPublished(storeId: $id, after: $after) { cursor coupon { id title } } }`
	coupon := m.someCoupon(t)
	store := m.guest().must(t, `query($id: ID!) { coupon(id: $id) { store { id } } }`, map[string]any{"id": coupon}).get(t, "coupon.store.id").(string)
	token := m.as(t, "user").token
	for _, c := range []struct {
		name  string
		body  []byte
		field string
		join  func(conn net.Conn, token string, body []byte) error
	}{
		{"a state over a socket", marshal(t, map[string]any{"query": state, "variables": map[string]any{"id": coupon}}), "couponStock", joinSocket},
		{"a log over a socket", marshal(t, map[string]any{"query": log, "variables": map[string]any{"id": store}}), "couponPublished", joinSocket},
		{"a state over a stream", marshal(t, map[string]any{"query": state, "variables": map[string]any{"id": coupon}}), "couponStock", joinStream},
		{"a log over a stream", marshal(t, map[string]any{"query": log, "variables": map[string]any{"id": store}}), "couponPublished", joinStream},
	} {
		t.Run(c.name, func(t *testing.T) {
			conns := make([]net.Conn, people)
			join := func(i int) {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address.Host)
				require.NoError(t, err)
				require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
				require.NoError(t, c.join(conn, token, c.body))
				conns[i] = conn
			}
			quiet := runtime.NumGoroutine()
			series := `moa_live_subscribers{field="` + c.field + `"}`
			join(0) // warms what all share
			before := memory()
			for i := 1; i < people; i++ {
				join(i)
			}
			require.Eventually(t, func() bool { return m.metric(t, series) == people }, 20*time.Second, 10*time.Millisecond)
			each := (memory() - before) / (people - 1)
			t.Logf("%d bytes each", each)
			require.LessOrEqual(t, each, idleTarget)
			for _, conn := range conns {
				require.NoError(t, conn.Close())
			}
			require.Eventually(t, func() bool { return runtime.NumGoroutine() < quiet+10 }, 20*time.Second, 10*time.Millisecond)
		})
	}
}

// memory returns what heap and stacks hold that is in use.
func memory() int {
	runtime.GC()
	runtime.GC() // what the first one has only marked for the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// joinSocket subscribes with frames that are masked with zeros, and reads no further than the
// acknowledgement.
func joinSocket(conn net.Conn, token string, body []byte) error {
	_, err := io.WriteString(conn, "GET /graphql HTTP/1.1\r\nHost: moa\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
	if err == nil {
		err = readUntil(conn, "\r\n\r\n")
	}
	say := func(text string) {
		if err == nil {
			_, err = conn.Write(append([]byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}, text...))
		}
	}
	say(`{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`)
	if err == nil {
		err = readUntil(conn, `"connection_ack"}`)
	}
	say(`{"id":"1","type":"subscribe","payload":` + string(body) + `}`)
	return err
}

func joinStream(conn net.Conn, token string, body []byte) error {
	_, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: moa\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
	if err == nil {
		err = readUntil(conn, "retry: 2000\n\n\r\n")
	}
	return err
}

// readUntil reads byte by byte until what was read ends with text.
func readUntil(conn net.Conn, text string) error {
	var got strings.Builder
	one := make([]byte, 1)
	for !strings.HasSuffix(got.String(), text) {
		if _, err := io.ReadFull(conn, one); err != nil {
			return fmt.Errorf("%q: %w", got.String(), err)
		}
		got.Write(one)
	}
	return nil
}
