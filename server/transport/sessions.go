package transport

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Observer is told about live streams, for metrics. A nil function is skipped. The functions
// are called from many goroutines and must not block.
type Observer struct {
	// Subscribers is called with +1 when a subscription starts and -1 when it has ended;
	// field is the schema's name of the root field.
	Subscribers func(field string, delta int)
	// Delivered returns what is called with the number of events that were handed to a client's
	// connection. It is asked for once a subscription.
	Delivered func(field string) func(events int)
}

// watch counts one operation for the observer, from now until end is called. Operations that
// are not subscriptions are not counted.
func (s *Sessions) watch(opCtx *graphql.OperationContext) watch {
	if opCtx.Operation.Operation != ast.Subscription {
		return watch{}
	}
	w := watch{field: rootField(opCtx), subscribers: s.observer.Subscribers}
	if w.subscribers != nil {
		w.subscribers(w.field, +1)
	}
	if s.observer.Delivered != nil {
		w.count = s.observer.Delivered(w.field)
	}
	return w
}

type watch struct {
	field       string
	subscribers func(field string, delta int)
	count       func(events int)
}

func (w watch) end() {
	if w.subscribers != nil {
		w.subscribers(w.field, -1)
	}
}

func (w watch) delivered(events int) {
	if w.count != nil {
		w.count(events)
	}
}

// session is one open stream: a WebSocket or an event stream.
type session interface {
	// drain tells the client that the server goes away and ends the session soon after what
	// is queued was sent. It does not block.
	drain()
}

// Sessions knows every open stream of the process, so that they can be ended before it stops:
// [http.Server.Shutdown] waits for event streams for ever and does not know WebSockets at all.
// One value is shared by [WebSocket] and [SSE].
type Sessions struct {
	observer Observer
	crowd    Crowd

	mu       sync.Mutex
	open     map[session]string // the client of each
	clients  map[string]int     // how many streams each client has
	draining bool
	empty    chan struct{} // closed when draining and no session is left
}

// Crowd bounds how many streams one client may have open at the same time. The zero value has no bound.
type Crowd struct {
	// Max is the most streams of one client.
	Max int
	// Client names the client of a request, such as its network address; streams of a client
	// without a name are not counted.
	Client func(r *http.Request) string
}

// NewSessions returns an empty registry that reports to observer and keeps to crowd.
func NewSessions(observer Observer, crowd Crowd) *Sessions {
	if crowd.Client == nil {
		crowd.Client = func(*http.Request) string { return "" }
	}
	return &Sessions{
		observer: observer, crowd: crowd,
		open: map[session]string{}, clients: map[string]int{}, empty: make(chan struct{}),
	}
}

// Len returns how many streams are open.
func (s *Sessions) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Drain ends every open stream and refuses new ones from now on with 503: a WebSocket is
// closed with 1012 (service restart), an event stream ends without `complete`, so that clients
// of both kinds come back to another replica. It returns nil when all streams are gone, and
// an error when ctx ended before; calling it again waits again.
func (s *Sessions) Drain(ctx context.Context) error {
	for _, open := range s.startDraining() {
		open.drain()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain %d live streams: %w", s.Len(), context.Cause(ctx))
	}
}

func (s *Sessions) startDraining() []session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil
	}
	s.draining = true
	s.closeIfEmpty()
	list := make([]session, 0, len(s.open))
	for open := range s.open {
		list = append(list, open)
	}
	return list
}

// add registers the session of a request, or says why it is refused.
func (s *Sessions) add(r *http.Request, one session) *refusal {
	client := s.crowd.Client(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining:
		return unavailable()
	case client != "" && s.crowd.Max > 0 && s.clients[client] >= s.crowd.Max:
		return crowded()
	}
	s.open[one] = client
	if client != "" {
		s.clients[client]++
	}
	return nil
}

// remove forgets a session whose goroutines have all ended.
func (s *Sessions) remove(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client := s.open[one]
	delete(s.open, one)
	if s.clients[client]--; s.clients[client] <= 0 {
		delete(s.clients, client)
	}
	if s.draining {
		s.closeIfEmpty()
	}
}

// closeIfEmpty needs the lock and draining to be set.
func (s *Sessions) closeIfEmpty() {
	if len(s.open) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}
