package transport_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/transport"
)

// BenchmarkHTTP is one small query through the handler, without the network.
func BenchmarkHTTP(b *testing.B) {
	a := newAPI(b, func(_ *api, h *handler.Server) { h.SetQueryCache(lru.New[*ast.QueryDocument](10)) })
	b.ReportAllocs()
	for b.Loop() {
		w, r := newExchange(http.MethodPost, "/", `{"query":"query Echo($t: String!) { echo(text: $t) }","variables":{"t":"hello"}}`)
		r.Header.Set("Content-Type", "application/json")
		a.Config.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body.String())
		}
	}
}

// BenchmarkSocketDeliveries is events per second over 50 sockets on one machine, clients
// included. One operation is one event received.
func BenchmarkSocketDeliveries(b *testing.B) {
	const sockets = 50
	a := newAPI(b, func(a *api, h *handler.Server) {
		h.AddTransport(transport.WebSocket{
			Sessions: transport.NewSessions(a.observer(), transport.Crowd{}), QueueMessages: 1 << 30, QueueBytes: 1 << 30,
		})
	})
	events := max(b.N/sockets, 1)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for range sockets {
		c := a.connect(b)
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			c.subscribe("1", fmt.Sprintf("subscription { count(to: %d) }", events))
			for range events {
				if _, _, err := c.ReadMessage(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	ready.Wait()
	b.ResetTimer()
	close(start)
	done.Wait()
	require.False(b, b.Failed())
}
