// Package trinotest is a Trino server for tests: it speaks the client protocol over HTTP, answers as it
// is told, and remembers what it was asked. It works without a test around it too, as the other end of
// a demonstration.
package trinotest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// signals is how many events wait for whoever looks at them; more are dropped.
const signals = 64

// Server is a running server. All of it may be used by many at once.
type Server struct {
	// URL is where it listens, without a user: http://127.0.0.1:port.
	URL string
	// Cancelled tells the id of each query that a client has given up by DELETE on its next page.
	Cancelled <-chan string
	// Stalled tells the id of each query whose client waits for a page that does not come.
	Stalled <-chan string
	// Refused tells the status of each request that breaks the protocol, such as one for a page that is
	// long gone, or by somebody else than who asked the statement.
	Refused <-chan int

	answer    func(Statement) Answer
	cancelled chan string
	done      chan struct{}
	end       func()
	http      *httptest.Server
	refused   chan int
	stalled   chan string

	mu         sync.Mutex
	busy       int
	queries    map[string]*query
	statements []Statement
}

// New starts a server on a port of its own that answers each statement as answer says; it may be
// called by many at once. Close it.
func New(answer func(Statement) Answer) *Server { return start(answer, httptest.NewServer) }

// NewTLS is like [New], with a certificate that only [Server.Client] trusts.
func NewTLS(answer func(Statement) Answer) *Server { return start(answer, httptest.NewTLSServer) }

// Start is [New] for the time of a test.
func Start(tb testing.TB, answer func(Statement) Answer) *Server {
	tb.Helper()
	s := New(answer)
	tb.Cleanup(s.Close)
	return s
}

// StartTLS is [NewTLS] for the time of a test.
func StartTLS(tb testing.TB, answer func(Statement) Answer) *Server {
	tb.Helper()
	s := NewTLS(answer)
	tb.Cleanup(s.Close)
	return s
}

// Always answers every statement in the same way.
func Always(answer Answer) func(Statement) Answer { return func(Statement) Answer { return answer } }

func start(answer func(Statement) Answer, listen func(http.Handler) *httptest.Server) *Server {
	s := &Server{
		answer:    answer,
		cancelled: make(chan string, signals),
		done:      make(chan struct{}),
		queries:   map[string]*query{},
		refused:   make(chan int, signals),
		stalled:   make(chan string, signals),
	}
	s.Cancelled, s.Stalled, s.Refused = s.cancelled, s.stalled, s.refused
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v1/info", s.info)
	routes.HandleFunc("POST /v1/statement", s.submit)
	routes.HandleFunc("GET /v1/statement/{state}/{id}/{slug}/{token}", s.next)
	routes.HandleFunc("DELETE /v1/statement/{state}/{id}/{slug}/{token}", s.cancel)
	s.http = listen(routes)
	s.URL = s.http.URL
	s.end = sync.OnceFunc(func() {
		close(s.done)
		s.http.Close()
	})
	return s
}

// Client returns an HTTP client that trusts the server's certificate.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Close ends the server and what waits for it; again, it does nothing.
func (s *Server) Close() { s.end() }

// Statements returns what the server was asked so far, in order.
func (s *Server) Statements() []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Statement(nil), s.statements...)
}

func signal[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}
