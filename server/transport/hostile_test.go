package transport_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
)

// document wraps a query into a request body.
func document(query string) string { return `{"query":` + quote(query) + `}` }

// repeat joins n texts that each contain their number.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Each request is refused, quickly, and leaves the server well. The token limit is the one
// that the product sets.
func TestHostileRequests(t *testing.T) {
	a := newAPI(t, nil)
	for name, tc := range map[string]struct {
		body    string
		status  int
		headers []string
	}{
		"aliases":             {document("{" + repeat(50_000, " a%d: hello") + "}"), 400, nil},
		"repeated fields":     {document("{" + strings.Repeat(" hello", 100_000) + "}"), 400, nil},
		"directives":          {document("{ hello " + strings.Repeat("@include(if: true) ", 40_000) + "}"), 400, nil},
		"tokens":              {document(strings.Repeat("{", 900_000)), 400, nil},
		"deep fields":         {document("{" + strings.Repeat("node { child ", 50_000) + strings.Repeat("}", 100_000) + "}"), 400, nil},
		"deep lists":          {document("{ echo(text: " + strings.Repeat("[", 500_000) + ") }"), 400, nil},
		"deep types":          {document("query($a: " + strings.Repeat("[", 500_000) + "Int) { hello }"), 400, nil},
		"fragments":           {document("{ ...f0 }" + repeat(20_000, " fragment f%d on Query { hello }")), 400, nil},
		"fragment cycle":      {document("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"), 400, nil},
		"long name":           {document("{ " + strings.Repeat("x", 1_000_000) + " }"), 400, nil},
		"comment":             {document("{ hello } # " + strings.Repeat("x", 1_000_000)), 200, nil},
		"block strings":       {document(`{ echo(text: """` + strings.Repeat(`\"""`, 100_000) + `""") }`), 200, nil},
		"introspection cycle": {document("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"), 400, nil},
		"batch":               {"[" + strings.TrimSuffix(strings.Repeat(document("{ hello }")+",", 1000), ",") + "]", 400, nil},
		"5 MB":                {document(strings.Repeat("x", 5<<20)), 413, nil},
		"gzip bomb":           {gzipped(t, 100<<20), 415, []string{"Content-Encoding: gzip"}},
		"open JSON":           {`{"query":"{ hello }","variables":{"a":`, 400, nil},
		"deep JSON":           {`{"query":"{ hello }","variables":` + strings.Repeat(`{"a":`, 100_000), 400, nil},
		"deep array":          {strings.Repeat("[", 1_000_000), 400, nil},
		"NUL":                 {"{\"query\":\"{ hello }\x00\"}", 400, nil},
		"huge number":         {`{"query":"query($a: Int!) { add(a: $a, b: 1) }","variables":{"a":1` + strings.Repeat("0", 500_000) + `}}`, 400, nil},
		"huge exponent":       {`{"query":"query($a: Int!) { add(a: $a, b: 1) }","variables":{"a":1e999999999}}`, 400, nil},
		"many variables":      {`{"query":"{ hello }","variables":{` + strings.TrimSuffix(repeat(80_000, `"a%d":1,`), ",") + `}}`, 200, nil},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			got := a.post(t, tc.body, append(tc.headers, acceptResponse)...)
			require.Equal(t, tc.status, got.StatusCode, got.body[:min(len(got.body), 500)])
			require.Less(t, time.Since(begin), 2*time.Second)
			a.requireAlive(t)
		})
	}
}

func gzipped(t testing.TB, size int) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(bytes.Repeat([]byte{' '}, size))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
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
	t.Run("silent", func(t *testing.T) {
		var clients []*wsClient
		for range 50 {
			clients = append(clients, a.dial(t))
		}
		for _, c := range clients {
			c.expectClose(4408, "timeout")
		}
		a.requireAlive(t)
	})
	t.Run("oversized message", func(t *testing.T) {
		c := a.connect(t)
		_ = c.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte{'x'}, 5<<20))
		c.expectClose(1009, "")
		a.requireAlive(t)
	})
	t.Run("subscriptions", func(t *testing.T) {
		c := a.connect(t)
		for i := range 100 {
			c.subscribe(fmt.Sprint(i), "subscription { ticks }")
		}
		for range 90 {
			require.Contains(t, c.read(), "RATE_LIMITED")
		}
		require.LessOrEqual(t, a.subscribers("ticks"), 10)
		a.requireAlive(t)
	})
	t.Run("subscribe and complete", func(t *testing.T) {
		c := a.connect(t)
		for range 10_000 {
			if c.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"subscribe","payload":{"query":"{hello}"}}`)) != nil ||
				c.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"complete"}`)) != nil {
				break
			}
		}
		c.expectClose(1008, "Too many messages")
		a.requireAlive(t)
	})
	t.Run("frame pings", func(t *testing.T) {
		c := a.connect(t)
		for range 10_000 {
			if c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second)) != nil {
				break
			}
		}
		c.expectClose(1008, "Too many messages")
		a.requireAlive(t)
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
		a.requireAlive(t)
	})
	require.Eventually(t, func() bool { return sessions.Len() < 100 }, 10*time.Second, 10*time.Millisecond)
}

func FuzzHTTP(f *testing.F) {
	a := newAPI(f, func(_ *api, h *handler.Server) {
		h.AddTransport(transport.SSE{Sessions: transport.NewSessions(transport.Observer{})})
	})
	for _, body := range []string{
		`{"query":"{ hello }"}`, `{"query":"mutation { bump }","variables":{"a":[1,2.5,"x",null,true]}}`,
		`[]`, `{`, `{"query":1}`, `{"query":"{","query":"{"}`, "\xff", `{"extensions":{"persistedQuery":{}}}`,
		`{"query":"subscription { count(to: 2) }"}`, `{"documentId":"sha256:x"}`,
	} {
		f.Add(body, "application/json", "*/*", true)
		f.Add(body, "text/plain; charset=utf-8", "text/event-stream;q=0.3, application/json", false)
	}
	f.Fuzz(func(t *testing.T, body, contentType, accept string, post bool) {
		method, target := http.MethodGet, "/"
		if post {
			method = http.MethodPost
		}
		w, r := newExchange(method, target, body)
		r.URL.RawQuery = body
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Accept", accept)
		a.Config.Handler.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400, 405, 406, 413, 415, 500}, w.Code)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			return
		}
		got := answer{Response: w.Result(), body: w.Body.String()}
		if got.StatusCode != http.StatusOK {
			require.NotEmpty(t, got.errorCodes(t))
			require.NotContains(t, got.body, `"data"`)
		}
	})
}
