package live

import (
	"bytes"
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/viewer"
)

// execution runs one subscription for all its members. It is independent of the client that came first:
// it ends when the last member has left.
type execution struct {
	hub    *Hub
	key    key
	ctx    context.Context //nolint:containedctx // the life of the execution, which is longer than any call
	cancel context.CancelFunc
	reads  *viewer.Reads
	first  *member

	// Below is used by one goroutine at a time: the first member's, then that of run.
	next   graphql.ResponseHandler
	broken *graphql.Response // what a panic left to say

	// Below is guarded by the hub's lock.
	members map[*member]struct{}
	last    *graphql.Response // the latest answer, for newcomers; written by run alone
}

func newExecution(ctx context.Context, h *Hub, k key, first *member) *execution {
	ctx, reads := viewer.Observe(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	return &execution{
		hub: h, key: k, ctx: ctx, cancel: cancel, reads: reads, first: first,
		members: map[*member]struct{}{},
	}
}

// add needs the hub's lock.
func (e *execution) add(m *member) {
	e.members[m] = struct{}{}
	if e.last != nil {
		m.offer(e.last)
	}
}

// remove lets a member go; the last one ends the execution.
func (e *execution) remove(m *member) {
	e.hub.mu.Lock()
	delete(e.members, m)
	empty := len(e.members) == 0
	if empty && e.hub.shared[e.key] == e {
		delete(e.hub.shared, e.key) // nobody may join any more
	}
	e.hub.mu.Unlock()
	if empty {
		e.cancel()
	}
	m.end()
}

// begin starts the subscription. A panic outside of any resolver becomes its only answer, as it would for
// a single client.
func (e *execution) begin(start graphql.OperationHandler) {
	defer func() {
		if p := recover(); p != nil {
			e.broken = e.hub.recover(e.ctx, p)
		}
	}()
	e.next = start(e.ctx)
}

// run computes the events and hands them out until the subscription ends.
func (e *execution) run() {
	defer e.cancel()
	for {
		answer := e.compute()
		if e.reads.Viewer() {
			e.part()
		}
		if answer == nil {
			e.finish()
			return
		}
		e.hand(answer)
	}
}

// compute waits for the next event and answers it; nil at the end, which follows a panic.
func (e *execution) compute() (answer *graphql.Response) {
	if e.broken != nil {
		answer, e.broken, e.next = e.broken, nil, nil
		return answer
	}
	if e.next == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			answer, e.next = e.hub.recover(e.ctx, p), nil
		}
	}()
	return e.next(e.ctx)
}

// part ends the sharing: the execution has asked who is asking, so its answers are those of the member
// that began it. The others begin executions of their own.
func (e *execution) part() {
	e.hub.drop(e, true)
	e.hub.mu.Lock()
	defer e.hub.mu.Unlock()
	for m := range e.members {
		if m != e.first {
			delete(e.members, m)
			m.restart()
		}
	}
	if _, stays := e.members[e.first]; !stays {
		e.cancel()
	}
}

// hand gives an answer to every member. It never waits for any of them. The executor writes each answer
// into the same buffer, so what members may read later is a copy. What did not change is not said again.
func (e *execution) hand(executed *graphql.Response) {
	if e.last != nil && len(executed.Errors) == 0 && bytes.Equal(e.last.Data, executed.Data) {
		return
	}
	answer := *executed
	answer.Data = bytes.Clone(executed.Data)
	e.hub.mu.Lock()
	defer e.hub.mu.Unlock()
	e.last = &answer
	for m := range e.members {
		m.offer(&answer)
	}
}

// finish tells the members that there is nothing more.
func (e *execution) finish() {
	e.hub.drop(e, false)
	e.hub.mu.Lock()
	defer e.hub.mu.Unlock()
	for m := range e.members {
		m.end()
	}
	e.members = map[*member]struct{}{}
}
