package transport

import (
	"context"
	"encoding/json"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/server/push"
)

// running is an operation of a socket.
type running struct {
	id     string
	quoted []byte // the id as JSON
	cancel context.CancelFunc
	told   time.Time // when the last result was sent; guarded by the socket's lock
}

// subscribe starts an operation in its own goroutine, so that parsing one does not hold up the
// others.
func (s *socket) subscribe(ctx context.Context, m clientMessage) {
	quoted, _ := json.Marshal(m.id) // a string can always be marshalled
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(ctx))
	op := &running{id: m.id, quoted: quoted, cancel: cancel}

	s.mu.Lock()
	_, duplicate := s.running[m.id]
	// Cancelled operations need a moment to end; many that do not end are a flood as well.
	full := len(s.running) >= s.conf.MaxSubscriptions || s.active >= 2*s.conf.MaxSubscriptions
	start := s.state == socketOpen && !duplicate && !full
	if start {
		s.running[m.id] = op
		s.active++
		s.tasks.Add(1)
	}
	s.mu.Unlock()

	switch {
	case start:
		go s.operate(ctx, op, m.params)
		return
	case duplicate:
		s.close(closeDuplicateID, "Subscriber for "+m.id+" already exists")
	case full:
		tooMany := &refusal{code: CodeRateLimited, message: "Too many operations run on this socket: complete one first."}
		resp := dispatchError(ctx, s.exec, tooMany.list())
		s.send(errorMessage(quoted, resp.Errors))
	}
	cancel()
}

// cancel ends the operation because the client asked for it. Its id is free at once.
func (s *socket) cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.running[id]; op != nil {
		delete(s.running, id)
		op.cancel()
	}
}

// endOperations cancels all operations. It needs the lock.
func (s *socket) endOperations() {
	for _, op := range s.running {
		op.cancel()
	}
	clear(s.running)
}

// operate runs an operation to its end. What waits for the events of a subscription is a goroutine of its
// own: parsing and beginning need a deep stack, which would stay as large for as long as it waits.
func (s *socket) operate(ctx context.Context, op *running, params *graphql.RawParams) {
	now := graphql.Now()
	params.Headers, params.ReadTime = s.header, graphql.TraceTiming{Start: now, End: now}

	opCtx, refused := prepare(ctx, s.exec, params)
	if refused != nil {
		defer s.finished(op)
		s.last(op, errorMessage(op.quoted, refused.Errors))
		return
	}
	watch := s.conf.Sessions.watch(opCtx)
	next := dispatch(push.With(ctx, func(resp *graphql.Response) bool {
		if s.next(op, resp) {
			watch.delivered(1)
		}
		return true // also when it is no longer wanted
	}), s.exec, opCtx)
	if opCtx.Operation.Operation == ast.Subscription {
		go s.deliver(op, next, watch)
		return
	}
	s.deliver(op, next, watch)
}

// deliver sends the results of an operation to its end.
func (s *socket) deliver(op *running, next func() (*graphql.Response, error), watch watch) {
	defer s.finished(op)
	defer watch.end()
	for {
		resp, err := next()
		switch {
		case resp == nil:
			s.last(op, completeMessage(op.quoted))
			return
		case err != nil:
			s.last(op, errorMessage(op.quoted, resp.Errors))
			return
		case !s.next(op, resp):
			return
		}
		watch.delivered(1)
	}
}

// next sends a result. It is false when the operation is no longer wanted.
func (s *socket) next(op *running, resp *graphql.Response) bool {
	if plain(resp) { // as nearly all are: what all subscribers share goes straight behind each one's id
		return s.result(op, []byte(`{"id":`), op.quoted, []byte(`,"type":"next","payload":{"data":`), resp.Data, []byte(`}}`))
	}
	buf := takeBuffer()
	defer buf.release()
	buf.b = encode(buf.b, resp)
	return s.result(op, []byte(`{"id":`), op.quoted, []byte(`,"type":"next","payload":`), buf.b, []byte(`}`))
}

// result sends the parts of a result.
func (s *socket) result(op *running, parts ...[]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[op.id] != op {
		return false
	}
	if alone(&op.told) {
		return s.sendAlone(parts...)
	}
	return s.sendLocked(parts...)
}

// last sends the message that ends an operation, unless the client ended it first. The id is
// free before the client can read the message.
func (s *socket) last(op *running, message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[op.id] != op {
		return
	}
	delete(s.running, op.id)
	s.sendLocked(message)
}

// finished gives up an operation whose goroutine ends.
func (s *socket) finished(op *running) {
	op.cancel()
	s.mu.Lock()
	s.active--
	s.mu.Unlock()
	s.tasks.Done()
}

func completeMessage(quotedID []byte) []byte {
	return append(append([]byte(`{"id":`), quotedID...), `,"type":"complete"}`...)
}

func errorMessage(quotedID []byte, errs gqlerror.List) []byte {
	message := append([]byte(`{"id":`), quotedID...)
	message = append(message, `,"type":"error","payload":`...)
	return append(encodeErrors(message, errs), '}')
}
