package server

import (
	"net"
	"net/http"
	"sync"
)

// silent knows the connections on which nothing was asked yet. A shutdown may close them at once, where
// net/http waits five seconds for each, in case a request is on its way.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func newSilent() *silent { return &silent{conns: map[net.Conn]struct{}{}} }

// watch is the server's ConnState hook.
func (s *silent) watch(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[conn] = struct{}{}
	} else {
		delete(s.conns, conn)
	}
}

// close closes them; the server notices by itself.
func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}
