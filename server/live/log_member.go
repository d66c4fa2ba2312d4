package live

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/server/push"
)

// step is what a member does when it has taken all that there is.
type step int

const (
	wait   step = iota // for the next event
	alone              // go on with an execution of its own for good
	rejoin             // look for another execution
	over               // end
)

// logMember is one client of a log. It walks along the chain of its execution at its own pace.
type logMember struct {
	ctx   context.Context //nolint:containedctx // the life of the client's operation, which spans many calls
	start graphql.OperationHandler
	kind  *logKind
	push  push.To // nil for a client that only takes what next returns
	wake  chan struct{}

	own graphql.ResponseHandler // used by join and next only

	mu     sync.Mutex // taken after that of the kind
	run    *logRun    // changed under both locks
	at     *event     // the last one that was taken
	lag    int        // the weight of those after it
	behind bool       // next has to return what there is, or has just done so: nothing is pushed
	after  step
}

// join makes the member one of an execution that comes by a cursor, or is at the end of the log for none.
// It returns when the execution has begun.
func (m *logMember) join(after string) {
	at, opened, ok := m.enter(after)
	switch {
	case !ok:
	case opened:
		at.run.launch(m)
	default:
		select {
		case <-at.run.begun:
		case <-m.ctx.Done():
		}
	}
}

// enter is false for a member that has left.
func (m *logMember) enter(after string) (at place, opened, ok bool) {
	k := m.kind
	k.mu.Lock()
	defer k.mu.Unlock()
	if m.ctx.Err() != nil {
		return place{}, false, false
	}
	at, known := k.find(after)
	if !known {
		at = k.start(m, after)
	}
	at.run.members[m] = struct{}{}
	m.mu.Lock()
	m.at, m.lag, m.after = at.event, at.event.ahead(), wait
	m.mu.Unlock()
	m.move(at.run)
	return at, !known, true
}

// resumed returns the member's context, in which an execution begins after a cursor.
func (m *logMember) resumed(after string) context.Context {
	if after == "" {
		return m.ctx
	}
	return bus.Resume(m.ctx, after)
}

// leave lets the member go; the last one ends its execution.
func (m *logMember) leave() {
	k := m.kind
	k.mu.Lock()
	m.mu.Lock()
	r := m.run
	m.mu.Unlock()
	if r != nil {
		delete(r.members, m)
		r.endIfEmpty()
	}
	k.mu.Unlock()
	k.hub.releaseKind(k)
}

// move needs the lock of the kind.
func (m *logMember) move(r *logRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run = r
	signal(r.moved)
}

// offer hands the latest event of the chain to the client when it comes alone and the client has all
// others, and otherwise leaves it to be taken. It returns the weight of what waits.
func (m *logMember) offer(e *event, alone bool) (waiting int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if alone && m.push != nil && !m.behind && m.at.next.Load() == e && m.push(e.answer) {
		m.at = e
		return m.lag
	}
	m.lag += e.weight()
	m.behind = true
	if alone {
		signal(m.wake)
	}
	return m.lag
}

// catchUp says that there is more of some weight.
func (m *logMember) catchUp(weight int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lag += weight
	m.behind = true
	signal(m.wake)
}

// rouse wakes a member for which something waits.
func (m *logMember) rouse() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag > 0 {
		signal(m.wake)
	}
}

func (m *logMember) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lag
}

// lap cuts the member off the chain, which would otherwise grow behind it.
func (m *logMember) lap() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.lag, m.after = &event{cursor: m.at.cursor}, 0, rejoin
	signal(m.wake)
}

// part makes the member go on by itself after the chain, of which it has got nothing that was not the
// same for everybody.
func (m *logMember) part() { m.then(alone) }

// end says that nothing comes after the chain.
func (m *logMember) end() { m.then(over) }

func (m *logMember) then(next step) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after = next
	signal(m.wake)
}

// next is the client's response handler: it waits for the next answer, and returns nil at the end. The
// context that it is called with may be that of the execution; the client's own is kept.
func (m *logMember) next(context.Context) *graphql.Response {
	for m.own == nil && m.ctx.Err() == nil {
		answer, after, cursor := m.take()
		if answer != nil {
			return answer
		}
		switch after {
		case alone:
			m.own = m.start(m.resumed(cursor))
			continue
		case rejoin:
			m.join(cursor)
			continue
		case over:
			return nil
		case wait:
		}
		select {
		case <-m.wake:
		case <-m.ctx.Done():
		}
	}
	if m.own == nil {
		return nil
	}
	return m.own(m.ctx)
}

// take returns the next answer of the chain; at its end, what is to be done then, and the cursor there.
func (m *logMember) take() (answer *graphql.Response, after step, cursor string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.at.next.Load()
	m.behind = next != nil
	if next == nil {
		return nil, m.after, m.at.cursor
	}
	before := m.lag
	m.at, m.lag = next, before-next.weight()
	if before >= maxLead && m.lag < maxLead {
		signal(m.run.moved)
	}
	return next.answer, wait, ""
}

// signal wakes whoever waits on c; signals that were not taken yet melt into one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
