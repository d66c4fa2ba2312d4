package live

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/viewer"
)

// computation is one execution of a subscription. It is independent of the client that came first: it
// ends when it is cancelled.
type computation struct {
	ctx     context.Context //nolint:containedctx // the life of the execution, which is longer than any call
	cancel  context.CancelFunc
	reads   *viewer.Reads
	recover func(ctx context.Context, panicked any) *graphql.Response

	// Below is used by one goroutine at a time: the first member's, then that of the execution.
	next   graphql.ResponseHandler
	broken *graphql.Response // what a panic left to say
}

func newComputation(ctx context.Context, h *Hub) *computation {
	ctx, reads := viewer.Observe(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	return &computation{ctx: ctx, cancel: cancel, reads: reads, recover: h.recover}
}

// begin starts the subscription. A panic outside of any resolver becomes its only answer, as it would for
// a single client.
func (c *computation) begin(start graphql.OperationHandler) {
	defer func() {
		if p := recover(); p != nil {
			c.broken = c.recover(c.ctx, p)
		}
	}()
	c.next = start(c.ctx)
}

// compute waits for the next event and answers it; nil at the end, which follows a panic.
func (c *computation) compute() (answer *graphql.Response) {
	if c.broken != nil {
		answer, c.broken, c.next = c.broken, nil, nil
		return answer
	}
	if c.next == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			answer, c.next = c.recover(c.ctx, p), nil
		}
	}()
	return c.next(c.ctx)
}
