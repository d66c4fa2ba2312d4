package live

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/server/push"
)

// stateMember is one client of a shared state.
type stateMember struct {
	ctx   context.Context //nolint:containedctx // the life of the client's operation, which spans many calls
	start graphql.OperationHandler
	push  push.To // nil for a client that only takes what next returns
	wake  chan struct{}

	mu     sync.Mutex
	latest *graphql.Response // not taken yet
	behind bool              // next has to return what there is, or has just done so: nothing is pushed
	over   bool
	alone  bool

	own graphql.ResponseHandler // used by next only
}

func newStateMember(ctx context.Context, start graphql.OperationHandler) *stateMember {
	return &stateMember{ctx: ctx, start: start, push: push.From(ctx), wake: make(chan struct{}, 1)}
}

// offer hands an answer to the client, or leaves it there in place of one that the client has not taken
// yet. It never waits.
func (m *stateMember) offer(answer *graphql.Response) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.push != nil && !m.behind && m.push(answer) {
		return
	}
	m.latest, m.behind = answer, true
	signal(m.wake)
}

// end says that nothing more comes, after what waits.
func (m *stateMember) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	signal(m.wake)
}

// restart makes the client go on with an execution of its own. It has been given nothing of the shared
// one that was not the same for everybody.
func (m *stateMember) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alone = true
	signal(m.wake)
}

// next is the client's response handler: it waits for the next answer, and returns nil at the end. The
// context that it is called with may be that of the execution; the client's own is kept.
func (m *stateMember) next(context.Context) *graphql.Response {
	for m.own == nil {
		answer, alone, over := m.take()
		switch {
		case answer != nil:
			return answer
		case alone:
			m.own = m.start(m.ctx)
			continue
		case over:
			return nil
		}
		select {
		case <-m.wake:
		case <-m.ctx.Done():
			return nil
		}
	}
	return m.own(m.ctx)
}

func (m *stateMember) take() (answer *graphql.Response, alone, over bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer, m.latest = m.latest, nil
	m.behind = answer != nil
	return answer, m.alone, m.over
}
