package transport

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// streamBacklog is how many bytes may wait for a client before its subscription waits for it.
const streamBacklog = 32 << 10

// streamLink sends a stream over a connection that was taken over from the server: an idle stream then
// holds no buffers, and what comes alone is one write by whoever has it. The body is chunked
// (RFC 9112 §7.1) and the connection ends with it.
type streamLink struct {
	outlet

	conf   SSE
	ctx    context.Context //nolint:containedctx // the life of the stream, which is longer than the request's
	cancel context.CancelFunc
	space  chan struct{} // tells that what waited is being written
	gone   chan struct{} // closed when the client has left

	// Below is guarded by the lock of the outlet.
	over      bool // nothing more is sent
	failed    bool
	told      time.Time // when an event was sent last
	keepAlive *time.Timer
}

// takeOver returns nil where the connection cannot be taken over: HTTP/2, HTTP/1.0 and tests without one.
// Otherwise the headers and the opening are on their way.
func takeOver(w http.ResponseWriter, r *http.Request, conf SSE) *streamLink {
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
	l := &streamLink{
		outlet: outlet{conn: conn, link: linkOf(conn)},
		conf:   conf, space: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	l.timeout, l.taken, l.lost = func() time.Duration { return conf.WriteTimeout }, l.spaced, l.broken
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(r.Context()))
	l.open(header)
	return l
}

// open sends the headers and the opening.
func (l *streamLink) open(header http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.room()
	queue.b = append(queue.b, "HTTP/1.1 200 OK\r\n"...)
	_ = header.Write(queue) // memory takes everything
	queue.b = appendChunk(append(queue.b, "\r\n"...), l.conf.opening())
	l.sendNow()
}

// begin watches the client from now on.
func (l *streamLink) begin() {
	go l.read()
	l.mu.Lock() // check takes the lock before it uses the timer
	defer l.mu.Unlock()
	l.keepAlive = time.AfterFunc(l.conf.KeepAlive, l.check)
}

// read notices when the client leaves. Whatever else it sends has no meaning.
func (l *streamLink) read() {
	defer close(l.gone)
	defer l.cancel()
	ignored := make([]byte, 64)
	for {
		if _, err := l.conn.Read(ignored); err != nil {
			return
		}
	}
}

// check ends the stream of a session that has ended, and sends a comment when nothing else was sent.
func (l *streamLink) check() {
	if l.conf.Alive != nil && guard(func() error { return l.conf.Alive(l.ctx) }) != nil {
		l.end("")
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if time.Since(l.told) >= l.conf.KeepAlive {
		queue := l.room()
		queue.b = appendChunk(queue.b, commentLine)
		l.sendNow()
	}
	l.keepAlive.Reset(l.conf.KeepAlive)
}

// deliver sends the results of a subscription until it ends, the client leaves or the stream is ended, and
// returns when nothing of the stream is left.
func (l *streamLink) deliver(next func() (*graphql.Response, error), watch watch) {
	defer l.close()
	for {
		resp, err := next()
		if resp == nil {
			if l.ctx.Err() == nil {
				l.end(completeEvent)
			}
			return
		}
		if !l.event(resp) {
			return
		}
		watch.delivered(1)
		if err != nil {
			l.end(completeEvent)
			return
		}
	}
}

// event sends a result; false when nothing more is sent. It waits for a client that is slow.
func (l *streamLink) event(resp *graphql.Response) bool {
	buf := takeBuffer()
	defer buf.release()
	buf.b = appendEvent(buf.b, "next", resp)
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.full() {
		l.mu.Unlock()
		select {
		case <-l.space:
		case <-l.ctx.Done():
		}
		l.mu.Lock()
		if l.ctx.Err() != nil {
			return false
		}
	}
	return l.eventLocked(buf.b)
}

// eventNow is event that does not wait; false when the client is slow.
func (l *streamLink) eventNow(resp *graphql.Response, watch watch) bool {
	buf := takeBuffer()
	defer buf.release()
	buf.b = appendEvent(buf.b, "next", resp)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full() {
		return false
	}
	if l.eventLocked(buf.b) {
		watch.delivered(1)
	}
	return true // also when nothing more is sent
}

// full needs the lock, as eventLocked does.
func (l *streamLink) full() bool {
	return !l.over && l.waiting > 0 && len(l.queue.b) > streamBacklog
}

func (l *streamLink) eventLocked(text []byte) bool {
	if l.over {
		return false
	}
	queue := l.room()
	queue.b = appendChunk(queue.b, text)
	l.waiting++
	if alone(&l.told) {
		l.sendNow()
	} else {
		l.wakeWriter()
	}
	return true
}

// end sends the last event, if there is one, and the end of the body. Only the first call has an effect:
// without an event a client takes it for a lost connection and comes back.
func (l *streamLink) end(last string) {
	defer l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	queue := l.room()
	if last != "" {
		queue.b = appendChunk(queue.b, last)
	}
	queue.b = append(queue.b, "0\r\n\r\n"...)
	l.over = true
	l.sendNow()
}

func appendChunk[T string | []byte](dst []byte, text T) []byte {
	dst = append(strconv.AppendInt(dst, int64(len(text)), 16), "\r\n"...)
	return append(append(dst, text...), "\r\n"...)
}

// spaced tells a subscription that waits for a slow client.
func (l *streamLink) spaced() {
	select {
	case l.space <- struct{}{}:
	default:
	}
}

// broken ends the stream of a client that cannot be reached. It needs the lock.
func (l *streamLink) broken() {
	l.over, l.failed = true, true
	l.cancel()
}

// close ends the connection when the client has seen the end of the body: closing it before what the client
// sent was read would make the system reset it, and the last events would be lost.
func (l *streamLink) close() {
	l.end("")
	l.writes.Wait()
	l.keepAlive.Stop()
	if half, ok := l.conn.(interface{ CloseWrite() error }); ok && !l.failed {
		_ = l.conn.SetReadDeadline(time.Now().Add(closeTimeout))
		_ = half.CloseWrite()
		<-l.gone
	}
	_ = l.conn.Close()
	<-l.gone
}
