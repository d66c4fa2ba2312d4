package transport

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// subprotocol is the only one we speak. The legacy `graphql-ws` is not offered.
const subprotocol = "graphql-transport-ws"

// Close codes. Those from 4400 on are the protocol's own. The public client (graphql-ws) does
// not connect again after 4400, 4401, 4406, 4409, 4429, 4500 or 1008, because the same client
// would do the same thing again; it comes back after all others.
const (
	// closeRestart ends sockets when the process stops (RFC 6455 registry: service restart).
	closeRestart = websocket.CloseServiceRestart
	// closeSilent ends a socket whose peer stopped answering.
	closeSilent = websocket.CloseGoingAway
	// closeSlow ends a socket whose peer does not read fast enough. The client comes back and
	// resumes its logs with their cursor (registry: try again later).
	closeSlow = websocket.CloseTryAgainLater
	// closeFlood ends a socket whose peer sends too many messages. 1008 is fatal to the public
	// client: a client that floods must not be told to try again.
	closeFlood = websocket.ClosePolicyViolation

	closeBadRequest    = 4400
	closeUnauthorized  = 4401
	closeForbidden     = 4403
	closeSubprotocol   = 4406
	closeInitTimeout   = 4408
	closeDuplicateID   = 4409
	closeTooManyInits  = 4429
	closeInternalError = 4500
)

// WebSocket carries any number of operations over one socket with the graphql-transport-ws
// protocol. Queries and mutations work as subscriptions do: `next`, then `complete`.
//
// An idle socket with a subscription costs two goroutines and less than 20 kilobytes in all. Messages to a client wait
// in one queue and leave in as few writes as possible; a client that reads too slowly is
// disconnected and never holds up anybody else. Messages are not compressed.
type WebSocket struct {
	// Sessions registers the sockets. Required.
	Sessions *Sessions
	// CheckOrigin decides whether a page of the request's origin may connect. Defaults to
	// the same origin only; requests without an Origin header do not come from a page.
	CheckOrigin func(r *http.Request) bool
	// Init is called with the payload of connection_init (never nil). The context it returns
	// is that of every operation on the socket; an error closes the socket with 4403.
	// Defaults to accepting everybody.
	Init func(ctx context.Context, payload map[string]any) (context.Context, error)
	// Alive is called at each keep-alive with the context from Init. An error, such as a
	// revoked session, closes the socket with 4403.
	Alive func(ctx context.Context) error
	// InitTimeout is how long a client may take to send connection_init. Defaults to 3 seconds.
	InitTimeout time.Duration
	// KeepAlive is the pause between two pings, each as a message of the protocol and as a
	// WebSocket frame: some clients answer only one of the two. Defaults to 15 seconds.
	KeepAlive time.Duration
	// PongTimeout is how long after a ping a peer that sends nothing is dropped. Defaults to
	// 10 seconds.
	PongTimeout time.Duration
	// WriteTimeout bounds each write. Defaults to 10 seconds.
	WriteTimeout time.Duration
	// MaxMessage bounds a message from the client, in bytes; a longer one closes the socket
	// with 1009. Defaults to 1 MiB.
	MaxMessage int64
	// MaxSubscriptions bounds the operations that run on one socket at the same time. One
	// more is answered with a RATE_LIMITED error. Defaults to 100.
	MaxSubscriptions int
	// MessageRate and MessageBurst bound how many messages a client may send: so many per
	// second for long, so many at once. More closes the socket with 1008. They default to 50
	// and 200.
	MessageRate  float64
	MessageBurst int
	// QueueBytes and QueueMessages bound what waits for a slow client while a write is under
	// way. More closes the socket with 1013. They default to 1 MiB and 1,024; a single
	// message may always wait.
	QueueBytes    int
	QueueMessages int
}

const (
	// readBufferSize is kept small because every idle socket holds one; longer messages are
	// read past it.
	readBufferSize   = 1024
	handshakeTimeout = 10 * time.Second
	// closeTimeout is how long a peer may take to accept our last frames and to answer the
	// close frame.
	closeTimeout = 2 * time.Second
)

// Supports is true for a request that asks for a WebSocket.
func (WebSocket) Supports(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// Do upgrades the connection and returns; the socket lives on until either side closes it or
// its Sessions are drained. The request's context lends its values but not its end.
func (t WebSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	place := &seat{}
	if refused := t.Sessions.add(r, place); refused != nil {
		writeRefusal(w, r, exec, mediaJSON, refused)
		return
	}
	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeTimeout,
		ReadBufferSize:   readBufferSize,
		WriteBufferPool:  new(sync.Pool), // never filled: frames are written past gorilla
		Subprotocols:     []string{subprotocol},
		CheckOrigin:      t.CheckOrigin,
		Error: func(w http.ResponseWriter, r *http.Request, status int, _ error) {
			writeRefusal(w, r, exec, mediaJSON, badHandshake(status))
		},
	}
	conn, err := upgrader.Upgrade(hijackable{w}, r, nil)
	if err != nil {
		t.Sessions.remove(place)
		return // answered by Error above
	}
	s := newSocket(t.withDefaults(), conn, exec, r.Header)
	place.take(s)
	// The handler returns so that the server can free what it holds for the request.
	go func() {
		defer t.Sessions.remove(place)
		s.serve(context.WithoutCancel(r.Context()))
	}()
}

// seat is the session of a socket from before its handshake on, so that a refusal is an answer of HTTP.
type seat struct {
	mu       sync.Mutex
	socket   *socket
	draining bool
}

// take gives the seat its socket.
func (p *seat) take(s *socket) {
	p.mu.Lock()
	p.socket = s
	draining := p.draining
	p.mu.Unlock()
	if draining {
		s.drain()
	}
}

// drain implements session.
func (p *seat) drain() {
	p.mu.Lock()
	p.draining = true
	s := p.socket
	p.mu.Unlock()
	if s != nil {
		s.drain()
	}
}

func (t WebSocket) withDefaults() WebSocket {
	t.InitTimeout = orDefault(t.InitTimeout, 3*time.Second)
	t.KeepAlive = orDefault(t.KeepAlive, 15*time.Second)
	t.PongTimeout = orDefault(t.PongTimeout, 10*time.Second)
	t.WriteTimeout = orDefault(t.WriteTimeout, 10*time.Second)
	t.MaxMessage = orDefault(t.MaxMessage, defaultMaxMessage)
	t.MaxSubscriptions = orDefault(t.MaxSubscriptions, 100)
	t.MessageRate = orDefault(t.MessageRate, 50)
	t.MessageBurst = orDefault(t.MessageBurst, 200)
	t.QueueBytes = orDefault(t.QueueBytes, 1<<20)
	t.QueueMessages = orDefault(t.QueueMessages, 1024)
	return t
}

func (t WebSocket) limiter() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(t.MessageRate), t.MessageBurst)
}

// badHandshake refuses an upgrade with the status that gorilla chose.
func badHandshake(status int) *refusal {
	r := &refusal{status: status, code: CodeInvalidArgument, message: "The WebSocket handshake is malformed."}
	if status == http.StatusForbidden {
		r.code, r.message = CodeForbidden, "Pages of this origin may not connect."
	}
	return r.with("Sec-WebSocket-Version", "13")
}

// hijackable finds the connection behind middleware that wraps the response writer and only
// offers Unwrap, where gorilla wants an http.Hijacker.
type hijackable struct{ http.ResponseWriter }

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		return nil, nil, errors.New("the connection cannot be taken over")
	}
	return conn, rw, err
}
