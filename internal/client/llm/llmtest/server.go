package llmtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// Server is a [Model] at an address.
type Server struct {
	*Model
	// URL is the base URL for a client, such as http://127.0.0.1:40123/v1/.
	URL string

	http *http.Server
	done chan struct{}
}

// New starts a server for the time of the test; see [NewModel] for the handlers.
func New(t testing.TB, handlers ...Handler) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", handlers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Listen starts a server at addr, with port 0 at any free one, until [Server.Close].
func Listen(addr string, handlers ...Handler) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the scripted model: %w", err)
	}
	return Serve(listener, handlers...), nil
}

// Serve starts a server on a listener, which it owns from then on.
func Serve(listener net.Listener, handlers ...Handler) *Server {
	model := NewModel(handlers...)
	s := &Server{
		Model: model,
		URL:   "http://" + listener.Addr().String() + "/v1/",
		http:  &http.Server{Handler: model, ReadHeaderTimeout: 10 * time.Second},
		done:  make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // it ends with Close
	}()
	return s
}

// Close ends the server and cuts off the answers that are being given.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}
