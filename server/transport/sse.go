package transport

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/push"
)

// SSE streams the results of one operation as server-sent events, in the distinct connections
// mode of graphql-sse: a POST (or, for queries and subscriptions, a GET) with
// `Accept: text/event-stream` is answered by `next` events and one `complete`. Queries and
// mutations give one `next`.
//
// A request that cannot be read is refused as [HTTP] does it. One that is understood but
// refused (parsing, validation, limits) is answered with status 200 and its errors in a `next`
// event, as the protocol demands: browsers hide the body of any other status from EventSource.
//
// The connection of a subscription over HTTP/1.1 is taken over from the server and ends with the stream,
// so that an idle one holds no buffers; the access log counts it as a takeover, like a WebSocket.
//
// A client that loses the stream gets no replay through Last-Event-ID, because events have no
// id: live fields carry their own cursor, and the client asks with `after`.
type SSE struct {
	// Sessions registers the streams. Required.
	Sessions *Sessions
	// MaxBody bounds a request body and a query string, in bytes. Defaults to 1 MiB.
	MaxBody int64
	// KeepAlive is the pause after which a comment is sent, so that proxies keep an idle
	// stream open and a dead client is noticed. Defaults to 15 seconds.
	KeepAlive time.Duration
	// Alive is called at each keep-alive with the request's context. An error, such as a revoked
	// session, ends the stream.
	Alive func(ctx context.Context) error
	// Retry is how long a browser's EventSource waits before it connects again. Defaults to
	// 2 seconds.
	Retry time.Duration
	// WriteTimeout bounds each write; a client that does not take it is dropped. Defaults to
	// 10 seconds.
	WriteTimeout time.Duration
}

// eventBacklog is how many events of a stream in a handler may wait while one is being written. They
// then leave in one write. A slow client fills it, after which the operation waits for the client.
const eventBacklog = 16

// eventStream is an open stream, from before it is known what it will be.
type eventStream struct {
	mu      sync.Mutex
	drained bool
	end     func()
}

// drain implements session.
func (s *eventStream) drain() {
	s.mu.Lock()
	end := s.end
	s.drained, s.end = true, nil
	s.mu.Unlock()
	if end != nil {
		end()
	}
}

// whenDrained lets end be called, at most once and maybe at once, when the stream is to end.
func (s *eventStream) whenDrained(end func()) {
	s.mu.Lock()
	drained := s.drained
	if !drained {
		s.end = end
	}
	s.mu.Unlock()
	if drained {
		end()
	}
}

// Supports is true for a request that names text/event-stream and does not prefer JSON.
func (SSE) Supports(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return false
	}
	return r.Header.Get("Upgrade") == "" && wantsEventStream(r.Header.Values("Accept"))
}

// Do answers one request. It returns when its stream has ended, or leaves that to goroutines of its own.
func (t SSE) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t = t.withDefaults()
	stream := &eventStream{}
	if refused := t.Sessions.add(r, stream); refused != nil {
		writeRefusal(w, r, exec, mediaJSON, refused)
		return
	}
	if !t.answer(w, r, exec, stream) {
		t.Sessions.remove(stream)
	}
}

// answer is true when the stream goes on after it.
func (t SSE) answer(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, stream *eventStream) (goesOn bool) {
	params, refused := readParams(w, r, t.MaxBody)
	if refused != nil {
		writeRefusal(w, r, exec, mediaJSON, refused)
		return false
	}
	opCtx, errs := prepare(r.Context(), exec, params)
	if errs == nil && r.Method == http.MethodGet && opCtx.Operation.Operation == ast.Mutation {
		writeRefusal(w, r, exec, mediaJSON, mutationByGet())
		return false
	}
	setStreamHeaders(w.Header())
	if errs == nil && opCtx.Operation.Operation == ast.Subscription {
		if link := takeOver(w, r, t); link != nil {
			t.stream(link, exec, opCtx, stream)
			return true
		}
	}
	out := t.open(w)
	defer out.close()
	if errs != nil {
		out.event("next", errs)
		out.complete()
		return false
	}
	draining := make(chan struct{})
	stream.whenDrained(func() { close(draining) })
	ctx, cancel := context.WithCancel(r.Context())
	t.run(ctx, cancel, out, t.Sessions.watch(opCtx), dispatch(ctx, exec, opCtx), draining)
	return false
}

// stream begins a subscription over a link of its own. What waits for its events is a goroutine with a
// small stack: one that waits in the handler would keep its buffers and the stack of everything in front
// of it.
func (t SSE) stream(link *streamLink, exec graphql.GraphExecutor, opCtx *graphql.OperationContext, stream *eventStream) {
	watch := t.Sessions.watch(opCtx)
	next := dispatch(push.With(link.ctx, func(resp *graphql.Response) bool {
		return link.eventNow(resp, watch)
	}), exec, opCtx)
	link.begin()
	stream.whenDrained(func() { link.end("") })
	go func() {
		defer t.Sessions.remove(stream)
		defer watch.end()
		link.deliver(next, watch)
	}()
}

func (t SSE) withDefaults() SSE {
	t.KeepAlive = orDefault(t.KeepAlive, 15*time.Second)
	t.Retry = orDefault(t.Retry, 2*time.Second)
	t.WriteTimeout = orDefault(t.WriteTimeout, 10*time.Second)
	return t
}

// orDefault returns d, or fallback when d is not positive.
func orDefault[T int | int64 | float64 | time.Duration](d, fallback T) T {
	if d <= 0 {
		return fallback
	}
	return d
}

// run writes the events of an operation until it ends, the client leaves or the server drains. It cancels
// the operation's context and returns after its goroutine has.
func (t SSE) run(
	ctx context.Context, cancel context.CancelFunc, out *eventWriter, watch watch,
	next func() (*graphql.Response, error), draining <-chan struct{},
) {
	defer watch.end()
	events := make(chan *bytesBuffer, eventBacklog)
	go produce(ctx, events, next)
	defer func() {
		cancel()
		for buf := range events {
			buf.release()
		}
	}()

	keepAlive := time.NewTicker(t.KeepAlive)
	defer keepAlive.Stop()
	for out.err == nil {
		select {
		case buf, more := <-events:
			n, ended := out.batch(buf, more, events)
			if out.err != nil {
				return
			}
			watch.delivered(n)
			if ended {
				return
			}
		case <-keepAlive.C:
			if t.Alive != nil && guard(func() error { return t.Alive(ctx) }) != nil {
				return
			}
			out.comment()
		case <-draining:
			out.rest(events)
			return
		case <-ctx.Done():
			return
		}
	}
}

// produce sends each response of the operation as an encoded event, and closes events at its
// end.
func produce(ctx context.Context, events chan<- *bytesBuffer, next func() (*graphql.Response, error)) {
	defer close(events)
	for {
		resp, err := next()
		if resp == nil {
			return
		}
		buf := takeBuffer()
		buf.b = appendEvent(buf.b, "next", resp)
		select {
		case events <- buf:
		case <-ctx.Done():
			buf.release()
			return
		}
		if err != nil {
			return
		}
	}
}

// eventWriter writes a stream as the answer of a handler, which lasts as long as the stream; err is the
// first failure, after which nothing is written.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	err     error
}

// open sends the headers and the opening.
func (t SSE) open(w http.ResponseWriter) *eventWriter {
	out := &eventWriter{w: w, control: http.NewResponseController(w), timeout: t.WriteTimeout}
	// The server's read timeout speaks of requests; it would end a stream that only sends.
	_ = out.control.SetReadDeadline(time.Time{})
	w.WriteHeader(http.StatusOK)
	out.write([]byte(t.opening()))
	return out
}

// opening is the first lines of a stream, by which a client knows at once that it is connected.
func (t SSE) opening() string {
	return ":\nretry: " + strconv.FormatInt(t.Retry.Milliseconds(), 10) + "\n\n"
}

func setStreamHeaders(h http.Header) {
	setCommonHeaders(h)
	h.Set("Content-Type", mediaEventStream+"; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
}

const (
	commentLine = ":\n\n"
	// completeEvent has an empty data field, without which EventSource drops the event.
	completeEvent = "event: complete\ndata:\n\n"
)

func (o *eventWriter) comment() { o.write([]byte(commentLine)) }

func (o *eventWriter) complete() { o.write([]byte(completeEvent)) }

func (o *eventWriter) event(name string, resp *graphql.Response) {
	buf := takeBuffer()
	defer buf.release()
	buf.b = appendEvent(buf.b, name, resp)
	o.write(buf.b)
}

// batch writes an event together with those that already wait behind it, and `complete` when
// the operation is over. It returns the number of events, and whether that was all. Each
// buffer is released.
func (o *eventWriter) batch(buf *bytesBuffer, more bool, events <-chan *bytesBuffer) (n int, ended bool) {
	out := takeBuffer()
	defer out.release()
	for {
		if !more {
			out.b = append(out.b, completeEvent...)
			o.write(out.b)
			return n, true
		}
		out.b = append(out.b, buf.b...)
		buf.release()
		n++
		select {
		case buf, more = <-events:
		default:
			o.write(out.b)
			return n, false
		}
	}
}

// rest writes the events that are waiting, without waiting for more.
func (o *eventWriter) rest(events <-chan *bytesBuffer) {
	select {
	case buf, more := <-events:
		o.batch(buf, more, events)
	default:
	}
}

func (o *eventWriter) write(text []byte) {
	if o.err != nil {
		return
	}
	// Writers without deadlines exist only in tests and behind odd middleware.
	_ = o.control.SetWriteDeadline(time.Now().Add(o.timeout))
	if _, o.err = o.w.Write(text); o.err == nil {
		o.err = o.control.Flush()
	}
}

// close gives the connection back without our deadline: a keep-alive connection would carry it
// into the next request.
func (o *eventWriter) close() { _ = o.control.SetWriteDeadline(time.Time{}) }

// appendEvent appends one event whose data is the response on a single line.
func appendEvent(dst []byte, name string, resp *graphql.Response) []byte {
	dst = append(dst, "event: "...)
	dst = append(dst, name...)
	dst = append(dst, "\ndata: "...)
	begin := len(dst)
	dst = encode(dst, resp)
	oneLine(dst[begin:])
	return append(dst, '\n', '\n')
}
