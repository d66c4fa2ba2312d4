package transport

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

// response sends a stream as the answer of a handler, which lasts as long as the stream.
type response struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

// respond sends the headers.
func respond(w http.ResponseWriter, timeout time.Duration) *response {
	s := &response{w: w, control: http.NewResponseController(w), timeout: timeout}
	// The server's read timeout speaks of requests; it would end a stream that only sends.
	_ = s.control.SetReadDeadline(time.Time{})
	w.WriteHeader(http.StatusOK)
	return s
}

func (s *response) send(text []byte) error {
	// Writers without deadlines exist only in tests and behind odd middleware.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.timeout))
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}

// close gives the connection back without our deadline: a keep-alive connection would carry it
// into the next request.
func (s *response) close() { _ = s.control.SetWriteDeadline(time.Time{}) }

// streamLink sends a stream over a connection that was taken over from the server: an idle stream then
// holds no buffers, and each event is one write. The body is chunked (RFC 9112 §7.1) and the connection
// ends with it.
type streamLink struct {
	conn    net.Conn
	timeout time.Duration
	header  http.Header // until it is sent
	failed  bool
	gone    chan struct{} // closed when the client has left
}

// takeOver returns nil where the connection cannot be taken over: HTTP/2, HTTP/1.0 and tests without one.
func takeOver(w http.ResponseWriter, r *http.Request, timeout time.Duration) *streamLink {
	if r.ProtoMajor != 1 || r.ProtoMinor < 1 {
		return nil
	}
	header := w.Header().Clone()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("Transfer-Encoding", "chunked")
	header.Set("Connection", "close")
	return &streamLink{conn: conn, timeout: timeout, header: header, gone: make(chan struct{})}
}

func (l *streamLink) send(text []byte) error {
	buf := takeBuffer()
	defer buf.release()
	if l.header != nil {
		buf.b = append(buf.b, "HTTP/1.1 200 OK\r\n"...)
		_ = l.header.Write(buf) // memory takes everything
		buf.b = append(buf.b, "\r\n"...)
		l.header = nil
	}
	buf.b = strconv.AppendInt(buf.b, int64(len(text)), 16)
	buf.b = append(buf.b, "\r\n"...)
	buf.b = append(append(buf.b, text...), "\r\n"...)
	return l.write(buf.b)
}

func (l *streamLink) write(bytes []byte) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(l.timeout))
	_, err := l.conn.Write(bytes)
	l.failed = err != nil
	return err
}

// read notices when the client leaves. Whatever else it sends has no meaning.
func (l *streamLink) read(left context.CancelFunc) {
	defer close(l.gone)
	defer left()
	ignored := make([]byte, 64)
	for {
		if _, err := l.conn.Read(ignored); err != nil {
			return
		}
	}
}

// close ends the body, and the connection when the client has seen that: closing it before what the client
// sent was read would make the system reset it, and the last events would be lost.
func (l *streamLink) close() {
	if half, ok := l.conn.(interface{ CloseWrite() error }); ok && !l.failed {
		_ = l.conn.SetReadDeadline(time.Now().Add(closeTimeout))
		if l.write([]byte("0\r\n\r\n")) == nil {
			_ = half.CloseWrite()
			<-l.gone
		}
	}
	_ = l.conn.Close()
	<-l.gone
}
