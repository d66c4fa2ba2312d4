// Package ga4test is a GA4 for tests: it speaks runReport and the token endpoint of service accounts and of persons
// over HTTP, answers as it is told, pages by offset and limit, and refuses more than ten requests at a
// time to one property, as Google does. It works without a test around it too.
package ga4test

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
)

const (
	// atOnce is Google's bound for standard properties.
	atOnce = 10
	// signals is how many events wait for whoever looks at them; more are dropped.
	signals = 64
)

// Server is a running server. All of it may be used by many at once.
type Server struct {
	// URL is the address of the API, TokenURL that of the token endpoint.
	URL, TokenURL string
	// Stalled tells the property of each request whose answer does not come.
	Stalled <-chan string
	// Gone tells the property of each of those whose client has left.
	Gone <-chan string

	answer  func(Request) Answer
	done    chan struct{}
	gone    chan string
	http    *httptest.Server
	key     func() *rsa.PrivateKey
	stalled chan string

	mu         sync.Mutex
	consents   map[string]bool
	inside     map[string]int
	peak       map[string]int
	requests   []Request
	tokens     map[string]bool
	granted    int
	tokenState int
}

// Request is one report that the server was asked for.
type Request struct {
	Property string
	// Token is the access token that came with it.
	Token string
	// Body is the report as it came.
	Body json.RawMessage
	// Dimensions and Metrics are the names in the body, Offset and Limit its page.
	Dimensions, Metrics []string
	Offset, Limit       int64
	// WantsQuota tells that the answer should hold the quota.
	WantsQuota bool
}

// New starts a server on a port of its own that answers each report as answer says; it may be called by
// many at once. Close it.
func New(answer func(Request) Answer) *Server {
	s := &Server{
		answer:   answer,
		consents: map[string]bool{},
		done:     make(chan struct{}),
		gone:     make(chan string, signals),
		inside:   map[string]int{},
		key:      sync.OnceValue(newKey),
		peak:     map[string]int{},
		stalled:  make(chan string, signals),
		tokens:   map[string]bool{},
	}
	s.Stalled, s.Gone = s.stalled, s.gone
	routes := http.NewServeMux()
	routes.HandleFunc("POST /token", s.grant)
	routes.HandleFunc("POST /v1beta/properties/{call}", s.report)
	s.http = httptest.NewServer(routes)
	s.URL, s.TokenURL = s.http.URL, s.http.URL+"/token"
	return s
}

// Start is [New] for the time of a test.
func Start(tb testing.TB, answer func(Request) Answer) *Server {
	tb.Helper()
	s := New(answer)
	tb.Cleanup(s.Close)
	return s
}

// Always answers every report in the same way.
func Always(answer Answer) func(Request) Answer { return func(Request) Answer { return answer } }

// Close ends the server and what waits for it.
func (s *Server) Close() {
	close(s.done)
	s.http.Close()
}

// Requests returns the reports that were asked for so far, in order, each time that they were sent.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Peak returns how many requests to property were there at the same time at most.
func (s *Server) Peak(property string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak[property]
}

// enter counts a request in, and reports whether it is one too many.
func (s *Server) enter(request Request) (tooMany bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	s.inside[request.Property]++
	s.peak[request.Property] = max(s.peak[request.Property], s.inside[request.Property])
	return s.inside[request.Property] > atOnce
}

func (s *Server) leave(request Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside[request.Property]--
}

func signal[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	// Who asked has left when this fails; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}

// whole reads a 64-bit number, which Google's JSON has as a text.
func whole(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
