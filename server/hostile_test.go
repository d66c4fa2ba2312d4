package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/server/transport/transporttest"
	"github.com/moa-bff/moa/test/testkit"
)

// survives makes sure that a normal query still answers within a second.
func (m *moa) survives(t *testing.T) {
	t.Helper()
	begun := time.Now()
	m.guest().must(t, `{ stores(first: 5) { edges { node { name owner { name } } } } }`, nil)
	require.Less(t, time.Since(begun), within(time.Second))
}

// within gives the race detector the time that it takes: it makes everything several times as slow.
func within(d time.Duration) time.Duration {
	if testkit.RaceDetector {
		return 6 * d
	}
	return d
}

// TestHostileDocuments sends documents that are made to hurt. Each is refused, with a code, and without
// hurting the next one.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	m := start(t)
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+" ", i)
		}
		return b.String()
	}
	fragments := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "fragment F%d on Query { ...F%d ...F%[2]d } ", i, i+1)
		}
		return b.String() + fmt.Sprintf("fragment F%d on Query { viewer { id } }", n)
	}
	for name, query := range map[string]string{
		"aliases":                "{ " + repeat(300, "a%d: viewer { id }") + "}",
		"a few too many":         "{ " + repeat(31, "a%d: __typename") + "}",
		"repeated fields":        "{ " + strings.Repeat("viewer { id name } ", 20_000) + "}",
		"repeated small fields":  "{ " + strings.Repeat("__typename ", 60_000) + "}",
		"directives":             "{ viewer " + strings.Repeat("@include(if: true) ", 5_000) + "{ id } }",
		"unknown directives":     "{ viewer " + repeat(500, "@x%d") + "{ id } }",
		"tokens":                 "{ " + strings.Repeat("a(b:{c:1}) ", 5_000) + "}",
		"depth":                  strings.Repeat("{ viewer { stores { edges { node { owner ", 10) + "{ id }" + strings.Repeat(" } } } } }", 10),
		"fragment bomb":          "{ ...F0 } " + fragments(40),
		"fragment cycle":         "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
		"fragment depth":         "{ ...F0 } " + fragments(14),
		"introspection cycle":    "{ __schema { types { " + strings.Repeat("fields { type { ", 20) + "name" + strings.Repeat(" } }", 20) + " } } }",
		"cost":                   "{ stores(first: 100) { edges { node { coupons(first: 100) { edges { node { store { coupons(first: 100) { edges { node { id } } } } } } } } } } }",
		"cost by a variable":     "query($n: Int = 100) { stores(first: $n) { edges { node { coupons(last: $n) { edges { node { store { coupons(first: $n) { edges { node { id } } } } } } } } } } }",
		"brackets":               strings.Repeat("{", 100_000),
		"a deep literal":         `mutation { signIn(input: ` + strings.Repeat("[", 50_000) + ` ) { session { accessToken } } }`,
		"a long string":          `{ store(id: "` + strings.Repeat("가", 200_000) + `") { id } }`,
		"a long name":            `{ ` + strings.Repeat("x", 500_000) + ` }`,
		"comments":               strings.Repeat("# nothing\n", 50_000) + "{ nothing }",
		"NUL":                    "{ viewer\x00 { id } }",
		"an overflow":            `{ stores(first: 99999999999999999999) { edges { node { id } } } }`,
		"a negative page":        `{ stores(first: -1) { edges { node { id } } } }`,
		"both ends":              `{ stores(first: 1, last: 1) { edges { node { id } } } }`,
		"an object for a cursor": `{ stores(after: {a: 1}) { edges { node { id } } } }`,
		"a list for a cursor":    `{ viewer { id } stores(first: 1) { edges { node { coupons(before: ["a"]) { edges { cursor } } } } } }`,
		"an infinite cursor":     `{ stores(after: 1e400) { edges { node { id } } } }`,
		"an infinite day":        `{ coupons(first: 1) { edges { node { usage(from: 1e400, to: "2026-01-01") { claimed } } } } }`,
		"a forged cursor":        `{ stores(after: "bm90IG91cnM") { edges { node { id } } } }`,
		"too many nodes":         `{ nodes(ids: [` + strings.Repeat(`"sto_1",`, 101) + `]) { id } }`,
		"no operation":           "fragment F on Query { viewer { id } }",
		"a subscription":         `subscription { couponStock(couponId: "cpn_1") { remaining } }`,
	} {
		begun := time.Now()
		a := m.guest().do(t, query, nil)
		if name != "a long string" { // long, but harmless: there is no such store
			require.NotEmpty(t, a.code(), "%s: %s", name, a.Data)
			require.NotEqual(t, "INTERNAL", a.code(), name)
			require.NotEmpty(t, a.Errors[0].Extensions["requestId"], name)
			require.LessOrEqual(t, len(a.Errors), 10, name)
		}
		require.Less(t, time.Since(begun), within(2*time.Second), name)
		m.survives(t)
	}
}

// TestHostileRequests sends bodies that are made to hurt, past any GraphQL client.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	m := start(t)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := io.CopyN(z, zeroes{}, 100<<20)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, request := range map[string]struct {
		body   string
		header [2]string
		status int
	}{
		"5 MB":               {`{"query":"` + strings.Repeat("x", 5<<20) + `"}`, [2]string{}, http.StatusRequestEntityTooLarge},
		"gzip bomb":          {bomb.String(), [2]string{"Content-Encoding", "gzip"}, http.StatusUnsupportedMediaType},
		"malformed JSON":     {`{"query":`, [2]string{}, http.StatusBadRequest},
		"malformed UTF-8":    {"{\"query\":\"{ a\xff\xfe }\"}", [2]string{}, http.StatusBadRequest},
		"NUL":                {"{\"query\":\"\x00\"}", [2]string{}, http.StatusBadRequest},
		"a batch":            {`[` + strings.Repeat(`{"query":"{ viewer { id } }"},`, 1000) + `{}]`, [2]string{}, http.StatusBadRequest},
		"deep variables":     {`{"query":"{ viewer { id } }","variables":{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}}`, [2]string{}, http.StatusBadRequest},
		"a form":             {`query={viewer{id}}`, [2]string{"Content-Type", "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"multipart":          {"--x\r\n\r\n--x--", [2]string{"Content-Type", "multipart/form-data; boundary=x"}, http.StatusUnsupportedMediaType},
		"plain text":         {`{"query":"{ viewer { id } }"}`, [2]string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"a foreign origin":   {`{"query":"{ viewer { id } }"}`, [2]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"a null origin":      {`{"query":"{ viewer { id } }"}`, [2]string{"Origin", "null"}, http.StatusForbidden},
		"a refused token":    {`{"query":"{ viewer { id } }"}`, [2]string{"Authorization", "Bearer nonsense"}, 0},
		"a header of 100 kB": {`{"query":"{ viewer { id } }"}`, [2]string{"X-Filler", strings.Repeat("x", 100_000)}, http.StatusRequestHeaderFieldsTooLarge},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.url+"/graphql", strings.NewReader(request.body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		if request.header[0] != "" {
			r.Header.Set(request.header[0], request.header[1])
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil { // the server may hang up on a body that it does not want
			require.Equal(t, "5 MB", name, err)
			m.survives(t)
			continue
		}
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		if request.status != 0 {
			require.Equal(t, request.status, response.StatusCode, "%s: %s", name, text)
		}
		require.NotContains(t, string(text), "xxxx", "%s is echoed", name)
		require.NotContains(t, string(text), ".go:", "%s shows a stack", name)
		require.NotContains(t, string(text), `"data":{`, name)
		m.survives(t)
	}
}

// TestWhoIsRefusedHearsWhy holds it of what is refused at the door as well as at the transport.
func TestWhoIsRefusedHearsWhy(t *testing.T) {
	t.Parallel()
	m := start(t)
	transporttest.Refused(t, m.url+"/graphql", "Origin: https://evil.example", http.StatusForbidden)
	transporttest.Refused(t, m.url+"/graphql", "Content-Type: text/plain", http.StatusUnsupportedMediaType)
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestSlowClientsAreCutOff holds connections open that send a byte now and then, or nothing.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_HEADER_TIMEOUT=500ms", "MOA_LIMIT_BODY_TIMEOUT=700ms", "MOA_LIMIT_INIT_TIMEOUT=500ms")
	address := strings.TrimPrefix(m.url, "http://")
	for name, beginning := range map[string]string{
		"headers": "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"body":    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		"nothing": "",
	} {
		conns := make([]net.Conn, 100)
		for i := range conns {
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			_, err = io.WriteString(conn, beginning)
			require.NoError(t, err)
			conns[i] = conn
		}
		m.survives(t)
		for _, conn := range conns {
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
			_, err := io.ReadAll(conn)
			var timeout net.Error
			require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "%s: the server keeps the connection", name)
			_ = conn.Close()
		}
	}
}

// TestHostileSockets opens sockets that are silent, that flood, and that speak out of turn.
func TestHostileSockets(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_INIT_TIMEOUT=500ms")
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	dial := func(origin string) (*websocket.Conn, error) {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, response, err := dialer.Dial(strings.Replace(m.url, "http", "ws", 1)+"/graphql", header)
		if response != nil {
			_ = response.Body.Close()
		}
		return conn, err
	}
	closedWith := func(conn *websocket.Conn) int {
		defer conn.Close()
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				var closed *websocket.CloseError
				require.ErrorAs(t, err, &closed)
				return closed.Code
			}
		}
	}
	_, err := dial("https://evil.example")
	require.Error(t, err)

	silent, err := dial("")
	require.NoError(t, err)
	require.Equal(t, 4408, closedWith(silent))

	large, err := dial("")
	require.NoError(t, err)
	_ = large.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 2<<20)) // the server hangs up in the middle
	_ = large.Close()
	m.survives(t)

	flood := m.as(t, "user").subscribe(t, `subscription { couponClaimed { cursor } }`, nil)
	for i := range 5_000 {
		if flood.conn.WriteJSON(message{ID: strconv.Itoa(i + 2), Type: "ping"}) != nil {
			break
		}
	}
	require.Equal(t, websocket.ClosePolicyViolation, closedWith(flood.conn))
	m.survives(t)

	many := m.as(t, "user").subscribe(t, `subscription { couponClaimed { cursor } }`, nil)
	for i := range 100 {
		many.send(t, message{ID: strconv.Itoa(i + 2), Type: "subscribe", Payload: marshal(t, map[string]any{"query": `subscription { couponClaimed { cursor } }`})})
	}
	refused := many.read(t)
	require.Equal(t, "error", refused.Type)
	require.Contains(t, string(refused.Payload), "RATE_LIMITED")
	many.close(t)
	m.survives(t)

	session := m.as(t, "user")
	live := session.subscribe(t, `subscription { couponClaimed { cursor } }`, nil)
	live.close(t)
	wrong := client{moa: m, token: "nonsense"}
	conn, err := dial("")
	require.NoError(t, err)
	require.NoError(t, conn.WriteJSON(message{Type: "connection_init", Payload: marshal(t, map[string]any{"authorization": "Bearer " + wrong.token})}))
	require.Equal(t, 4403, closedWith(conn))
}

// TestProductionShowsNothing holds what developers see away from the world.
func TestProductionShowsNothing(t *testing.T) {
	t.Parallel()
	m := start(t, append(production(), "MOA_ALLOWED_ORIGINS=https://app.example")...)
	for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "User") { name } }`} {
		a := m.guest().do(t, query, nil)
		require.NotEmpty(t, a.code(), query)
		require.NotContains(t, string(a.Data), "User")
	}
	require.Empty(t, m.guest().do(t, `{ __typename }`, nil).Errors)
	for _, query := range []string{`{ stor }`, `{ stores(frist: 1) { edges { cursor } } }`, `{ stores { edges { nod } } }`, `query($a: Strin) { viewer { id } }`, `{ coupons(filter: {status: ACTIV}) { edges { cursor } } }`} {
		a := m.guest().do(t, query, nil)
		require.NotEmpty(t, a.Errors, query)
		for _, e := range a.Errors {
			require.NotContains(t, e.Message, "Did you mean", query)
		}
	}
	for _, path := range []string{"/", "/graphiql/config.json"} {
		require.Contains(t, m.page(t, path), "404", path)
	}
	a := m.guest().do(t, `mutation { signIn(input: {email: "owner@moa.example", password: "`+demo.Password+`"}) { session { accessToken } userErrors { code } } }`, nil)
	require.Contains(t, string(a.Data), "ACCOUNT_CREDENTIALS_INVALID", "demo accounts have no place in production")

	preflight, err := http.NewRequestWithContext(context.Background(), http.MethodOptions, m.url+"/graphql", nil)
	require.NoError(t, err)
	preflight.Header.Set("Origin", "https://app.example")
	preflight.Header.Set("Access-Control-Request-Method", "POST")
	response, err := http.DefaultClient.Do(preflight)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "https://app.example", response.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
}
