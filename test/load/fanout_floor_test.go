//go:build linux

package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// asSockets makes this binary run as the floor of the fan-out.
const asSockets = "RUN_AS_SOCKETS"

// sockets is what a fan-out costs that does nothing else: a server that takes WebSockets over, reads
// nothing, and writes each frame to each of them with a write of its own. It has no GraphQL, no queue and
// no idea of a slow client.
type sockets struct {
	mu    sync.Mutex
	conns []net.Conn
}

// TestSocketsFloor is no test: it serves as the floor until it is asked to end.
func TestSocketsFloor(t *testing.T) {
	if os.Getenv(asSockets) == "" {
		t.Skip("only as the floor")
	}
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	s := &sockets{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /graphql", s.join)
	mux.HandleFunc("POST /tell", s.tell)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: mux}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Printf("sockets %s\n", listener.Addr())
	require.ErrorIs(t, server.Serve(listener), http.ErrServerClosed)
}

// join takes a connection over and lets it through the talk at its beginning.
func (s *sockets) join(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, err = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
	for range 2 { // connection_init and subscribe
		if err == nil {
			err = skipFrame(rw.Reader)
		}
		if err == nil {
			_, err = conn.Write(frame(`{"type":"connection_ack"}`))
		}
	}
	if err != nil {
		_ = conn.Close()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, conn)
}

// skipFrame reads a frame as the crowd sends it.
func skipFrame(r *bufio.Reader) error {
	head, err := r.Peek(8)
	if err == nil {
		_, err = r.Discard(8 + int(head[2])<<8 + int(head[3]))
	}
	return err
}

// frame returns a text frame.
func frame(text string) []byte {
	return append([]byte{0x81, 126, byte(len(text) >> 8), byte(len(text))}, text...)
}

// tell sends so many events, numbered from first on, to everybody, and closes all connections for none: a half of the connections from each of
// two goroutines, for two processors.
func (s *sockets) tell(w http.ResponseWriter, r *http.Request) {
	count, _ := strconv.Atoi(r.FormValue("count"))
	first, _ := strconv.Atoi(r.FormValue("first"))
	before, after := r.FormValue("before"), r.FormValue("after")
	s.mu.Lock()
	defer s.mu.Unlock()
	if count == 0 {
		s.dismiss()
		return
	}
	half := len(s.conns) / 2
	var telling sync.WaitGroup
	for _, conns := range [][]net.Conn{s.conns[:half], s.conns[half:]} {
		telling.Go(func() {
			for n := range count {
				text := frame(before + strconv.Itoa(first+n) + after)
				for _, conn := range conns {
					_, _ = conn.Write(text) // the crowd notices what is missing
				}
			}
		})
	}
	telling.Wait()
}

// dismiss closes all connections.
func (s *sockets) dismiss() {
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = nil
}
