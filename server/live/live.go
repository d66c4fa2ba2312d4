// Package live lets equal subscriptions share one execution: a thousand clients that ask the same
// document with the same variables cost one computation a change.
//
// Nobody ever gets somebody else's answer. What a client may see depends on who it is only where a
// resolver, a directive or a rule asks who is asking, and the viewer's accessor notes that it was
// asked. An answer that asked reaches nobody else, whatever its document looks like: its members go on
// with executions of their own, and its kind is remembered, so that the next ones begin so.
//
// A state converges: beginning again loses nothing, and who is slow gets the latest. A log does not:
// each event has a place (see [bus.Trail]), and whoever leaves a shared execution, because it asked who
// is asking or because the client is too slow for it, goes on right after the last event that it took.
// Likewise a client that returns with a cursor joins an execution that has just been there; otherwise it
// begins one of its own, which joins another as soon as both have come to the same place.
package live

import (
	"bytes"
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
	personal *lru.Cache[key, struct{}]
	recover  func(ctx context.Context, panicked any) *graphql.Response

	mu     sync.Mutex // taken before the locks of a kind
	states map[key]*state
	logs   map[key]*logKind
}

// key is equal for subscriptions that would be answered alike, as far as the document tells.
type key [sha256.Size]byte

// NewHub returns a hub without executions. recovered phrases a panic outside of any resolver for clients.
func NewHub(recovered func(ctx context.Context, panicked any) *graphql.Response) (*Hub, error) {
	personal, err := lru.New[key, struct{}](personalKinds)
	if err != nil {
		return nil, err
	}
	return &Hub{personal: personal, recover: recovered, states: map[key]*state{}, logs: map[key]*logKind{}}, nil
}

// Intercept is an operation middleware: it answers a subscription from a shared execution where that is
// safe, and passes everything else on.
func (h *Hub) Intercept(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation != ast.Subscription {
		return next(ctx)
	}
	asked, ok := read(op)
	if !ok {
		return next(ctx)
	}
	k, err := keyOf(ctx, op, asked.variables)
	if err != nil || h.personal.Contains(k) {
		return next(ctx)
	}
	if asked.log {
		return h.joinLog(ctx, k, asked.after, next)
	}
	return h.joinState(ctx, k, next)
}

func keyOf(ctx context.Context, op *graphql.OperationContext, variables map[string]any) (key, error) {
	text, err := json.Marshal([]any{op.RawQuery, op.OperationName, variables, viewer.Language(ctx).String()})
	return sha256.Sum256(text), err
}

// Len returns how many executions are shared now.
func (h *Hub) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.states)
	for _, kind := range h.logs {
		n += kind.len()
	}
	return n
}

// kept returns a copy of an answer that members may read later: the executor writes each answer into the
// same buffer.
func kept(executed *graphql.Response) *graphql.Response {
	answer := *executed
	answer.Data = bytes.Clone(executed.Data)
	return &answer
}
