package transport_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
)

// wrapped is a response writer as middleware makes them: it hides every optional interface and
// only says what it wraps.
type wrapped struct{ inner http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.inner.Header() }
func (w wrapped) Write(p []byte) (int, error) { return w.inner.Write(p) }
func (w wrapped) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.inner }

// Streams work over TLS and HTTP/2 and behind middleware, as they do in production.
func TestStreamsBehindMiddlewareAndTLS(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(a *api, h *handler.Server) {
		sessions := transport.NewSessions(a.observer(), transport.Crowd{})
		h.AddTransport(transport.WebSocket{Sessions: sessions})
		h.AddTransport(transport.SSE{Sessions: sessions})
	})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Config.Handler.ServeHTTP(wrapped{w}, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()

	req, err := http.NewRequest(http.MethodPost, s.URL, strings.NewReader(`{"query":"subscription { ticks }"}`))
	require.NoError(t, err)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.Client().Do(req)
	require.NoError(t, err)
	require.Equal(t, 2, res.ProtoMajor)
	stream := &events{Reader: bufio.NewReader(res.Body), t: t}
	require.Equal(t, ":|retry: 2000", stream.block())
	a.ticks <- 3
	require.Equal(t, `event: next|data: {"data":{"ticks":3}}`, stream.block())
	require.NoError(t, res.Body.Close())

	d := websocket.Dialer{
		Subprotocols:    []string{"graphql-transport-ws"},
		TLSClientConfig: s.Client().Transport.(*http.Transport).TLSClientConfig.Clone(),
	}
	d.TLSClientConfig.NextProtos = []string{"http/1.1"}
	conn, _, err := d.Dial("wss"+strings.TrimPrefix(s.URL, "https"), nil)
	require.NoError(t, err)
	defer conn.Close()
	c := &wsClient{conn, t}
	c.write(`{"type":"connection_init"}`)
	c.expect(`{"type":"connection_ack"}`)
	c.subscribe("1", "{ hello }")
	c.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"world"}}}`, `{"id":"1","type":"complete"}`)
	c.write("%s", strings.Repeat("x", 2<<20))
	c.expectClose(1009, "")
}
