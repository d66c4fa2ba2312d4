// Package live lets equal subscriptions of a state share one execution: a thousand clients that ask the
// same document with the same variables cost one computation a change.
//
// Nobody ever gets somebody else's answer. What a client may see depends on who it is only where a
// resolver, a directive or a rule asks who is asking, and the viewer's accessor notes that it was
// asked. An execution that asked is never shared, whatever its document looks like: its other members
// go on with executions of their own, and its kind is remembered, so that the next ones begin so. A state
// converges, so beginning again loses nothing. A log does not, so logs are not shared here.
package live

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/platform/viewer"
)

// personalKinds is how many kinds of subscriptions are remembered as personal.
const personalKinds = 4096

// Hub knows the executions that are shared in this process.
type Hub struct {
	mu       sync.Mutex
	shared   map[key]*execution
	personal *lru.Cache[key, struct{}]
	recover  func(ctx context.Context, panicked any) *graphql.Response
}

// key is equal for subscriptions that would be answered alike, as far as the document tells.
type key [sha256.Size]byte

// NewHub returns a hub without executions. recovered phrases a panic outside of any resolver for clients.
func NewHub(recovered func(ctx context.Context, panicked any) *graphql.Response) (*Hub, error) {
	personal, err := lru.New[key, struct{}](personalKinds)
	if err != nil {
		return nil, err
	}
	return &Hub{shared: map[key]*execution{}, personal: personal, recover: recovered}, nil
}

// Intercept is an operation middleware: it answers a subscription from a shared execution where that is
// safe, and passes everything else on.
func (h *Hub) Intercept(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation != ast.Subscription || isLog(op.Operation) {
		return next(ctx)
	}
	k, err := keyOf(ctx, op)
	if err != nil {
		return next(ctx)
	}
	return h.join(ctx, k, next)
}

// isLog reports whether a subscription delivers every event: such fields can be continued after a cursor.
func isLog(op *ast.OperationDefinition) bool {
	for _, selection := range op.SelectionSet {
		if field, ok := selection.(*ast.Field); ok && field.Definition.Arguments.ForName("after") != nil {
			return true
		}
	}
	return false
}

func keyOf(ctx context.Context, op *graphql.OperationContext) (key, error) {
	text, err := json.Marshal([]any{op.RawQuery, op.OperationName, op.Variables, viewer.Language(ctx).String()})
	return sha256.Sum256(text), err
}

// join makes the caller a member of the execution of its kind, begun when it is the first.
func (h *Hub) join(ctx context.Context, k key, start graphql.OperationHandler) graphql.ResponseHandler {
	if h.personal.Contains(k) {
		return start(ctx)
	}
	m := newMember(ctx, start)
	h.mu.Lock()
	e, known := h.shared[k]
	if !known {
		e = newExecution(ctx, h, k, m)
		h.shared[k] = e
	}
	e.add(m)
	h.mu.Unlock()
	if !known {
		// Beginning must happen here: the executor notes in the caller's goroutine that it has begun.
		e.begin(start)
		go e.run()
	}
	context.AfterFunc(ctx, func() { e.remove(m) })
	return m.next
}

// drop forgets an execution; personal ones are remembered by their kind. It reports whether the
// execution was still known.
func (h *Hub) drop(e *execution, personal bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shared[e.key] == e {
		delete(h.shared, e.key)
	}
	if personal {
		h.personal.Add(e.key, struct{}{})
	}
}

// Len returns how many executions are shared now.
func (h *Hub) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.shared)
}
