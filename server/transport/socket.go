package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// socketState only grows.
type socketState int

const (
	socketOpen    socketState = iota
	socketClosing             // a close frame is queued or sent; what the peer still sends is ignored
	socketClosed              // nothing more is queued
)

// socket is one WebSocket. One goroutine reads; another writes while there is something to
// write that an operation could not write at once (see outlet); each operation has its
// own. Those that wait have small stacks.
type socket struct {
	outlet // of the connection below, to which frames are written; its lock guards what says so

	conf    WebSocket
	exec    graphql.GraphExecutor
	header  http.Header
	reader  *websocket.Conn // for reading alone
	limiter *rate.Limiter

	acknowledged bool // connection_init was accepted; known to the reading goroutine only

	tasks sync.WaitGroup // operations and keep-alives

	// Below is guarded by the lock of the outlet.
	state     socketState
	running   map[string]*running
	active    int // operations whose goroutine has not ended, cancelled ones too
	keepAlive *time.Timer
}

func newSocket(conf WebSocket, conn *websocket.Conn, exec graphql.GraphExecutor, header http.Header) *socket {
	s := &socket{
		outlet: outlet{conn: conn.NetConn(), link: linkOf(conn.NetConn())},
		conf:   conf, exec: exec, header: header, reader: conn, limiter: conf.limiter(),
		running: map[string]*running{},
	}
	s.timeout, s.lost = s.writeTimeout, s.writeFailed
	conn.SetReadLimit(conf.MaxMessage)
	conn.SetPongHandler(func(string) error { s.awaitMore(); return nil })
	conn.SetPingHandler(s.answerPing)
	conn.SetCloseHandler(func(code int, _ string) error { s.close(code, ""); return nil })
	return s
}

// drain tells the client to come back to another replica.
func (s *socket) drain() { s.close(closeRestart, "Service restart") }

// serve reads until the socket ends, and returns when all its goroutines have.
func (s *socket) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	s.readUntil(s.conf.InitTimeout)
	if s.reader.Subprotocol() != subprotocol {
		s.close(closeSubprotocol, "Subprotocol not acceptable")
	}
	s.afterRead(s.read(ctx))

	s.seal()
	cancel()
	s.writes.Wait()
	_ = s.conn.Close()
	s.tasks.Wait()
	if s.acknowledged {
		s.keepAlive.Stop() // now that no keep-alive can start it again
	}
}

// seal stops all sending.
func (s *socket) seal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = socketClosed
	s.endOperations()
}

// read handles messages until reading fails.
func (s *socket) read(ctx context.Context) error {
	var buf bytes.Buffer
	for {
		kind, r, err := s.reader.NextReader()
		if err != nil {
			return err
		}
		if buf.Cap() > maxPooled {
			buf = bytes.Buffer{} // one long message should not stay with the socket
		}
		buf.Reset()
		if _, err := buf.ReadFrom(r); err != nil {
			return err
		}
		switch {
		case s.ended(): // only the peer's close frame matters now
		case kind != websocket.TextMessage:
			s.close(closeBadRequest, "Messages must be text")
		case !s.limiter.Allow():
			s.close(closeFlood, "Too many messages")
		default:
			s.awaitMore()
			ctx = s.handleApart(ctx, buf.Bytes())
		}
	}
}

// handleApart handles a message in a goroutine that ends with it: the reader waits for most of its life,
// and its stack would stay as large as the deepest message has made it.
func (s *socket) handleApart(ctx context.Context, data []byte) context.Context {
	handled := make(chan context.Context, 1)
	go func() { handled <- s.handle(ctx, data) }()
	return <-handled
}

// handle acts on one message. It returns the context of the operations to come, which
// connection_init replaces.
func (s *socket) handle(ctx context.Context, data []byte) context.Context {
	m, err := parseMessage(data)
	if err != nil {
		s.close(closeBadRequest, "Invalid message: "+err.Error())
		return ctx
	}
	switch m.kind {
	case typeInit:
		return s.initialise(ctx, m.payload)
	case typePing:
		s.send([]byte(`{"type":"pong"}`))
	case typeComplete:
		s.cancel(m.id)
	case typeSubscribe:
		if !s.acknowledged {
			s.close(closeUnauthorized, "Unauthorized")
			return ctx
		}
		s.subscribe(ctx, m)
	}
	return ctx
}

// initialise answers connection_init.
func (s *socket) initialise(ctx context.Context, payload map[string]any) context.Context {
	if s.acknowledged {
		s.close(closeTooManyInits, "Too many initialisation requests")
		return ctx
	}
	if payload == nil {
		payload = map[string]any{}
	}
	accepted := ctx
	err := guard(func() (err error) {
		if s.conf.Init != nil {
			accepted, err = s.conf.Init(ctx, payload)
		}
		return err
	})
	if errors.Is(err, errPanicked) {
		s.close(closeInternalError, "Internal server error")
		return ctx
	}
	if err != nil {
		s.close(closeForbidden, "Forbidden")
		return ctx
	}
	s.acknowledged = true
	s.send([]byte(`{"type":"connection_ack"}`))
	s.awaitMore()
	s.startKeepAlive(accepted)
	return accepted
}

func (s *socket) startKeepAlive(ctx context.Context) {
	s.mu.Lock() // checkPeer takes the lock before it uses the timer
	defer s.mu.Unlock()
	s.keepAlive = time.AfterFunc(s.conf.KeepAlive, func() { s.checkPeer(ctx) })
}

// checkPeer pings the peer, and does so again after the keep-alive pause.
func (s *socket) checkPeer(ctx context.Context) {
	if !s.begin() {
		return
	}
	defer s.tasks.Done()
	if s.conf.Alive != nil && guard(func() error { return s.conf.Alive(ctx) }) != nil {
		s.close(closeForbidden, "Forbidden")
		return
	}
	s.sendPing()
	s.keepAlive.Reset(s.conf.KeepAlive)
}

// begin counts a task, and is false when the socket takes no more.
func (s *socket) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != socketOpen {
		return false
	}
	s.tasks.Add(1)
	return true
}

func (s *socket) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != socketOpen
}

// awaitMore gives an acknowledged peer until after the next ping to show that it is there.
// Only the reading goroutine calls it.
func (s *socket) awaitMore() {
	if s.acknowledged {
		s.readUntil(s.conf.KeepAlive + s.conf.PongTimeout)
	}
}

// readUntil lets reading fail after d, unless the socket is closing and has its own deadline.
func (s *socket) readUntil(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == socketOpen {
		_ = s.conn.SetReadDeadline(time.Now().Add(d))
	}
}

// afterRead says goodbye when reading failed with err. A peer that was not asked to answer a
// close frame may still be sending: that must be read, or the system resets the connection and
// our last frames are lost.
func (s *socket) afterRead(err error) {
	if closeErr := (*websocket.CloseError)(nil); errors.As(err, &closeErr) {
		return
	}
	if netErr := net.Error(nil); errors.As(err, &netErr) && netErr.Timeout() {
		switch {
		case s.ended(): // the peer did not answer our close frame
			return
		case s.acknowledged:
			s.close(closeSilent, "No answer to ping")
		default:
			s.close(closeInitTimeout, "Connection initialisation timeout")
		}
	}
	s.seal() // gorilla has sent the close frame for whatever it did not want to read
	s.writes.Wait()
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(closeTimeout))
	_, _ = io.Copy(io.Discard, s.conn)
}
