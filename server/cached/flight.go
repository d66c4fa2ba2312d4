package cached

import (
	"bytes"
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// flight is a computation that others wait for.
type flight struct {
	done chan struct{}
	// entry is the answer, once it is done; nil when it cannot be shared.
	entry *entry
}

// miss answers a question that no kept answer was found for: by waiting for whoever computes it already,
// from what another process has left, or by computing it.
func (c *Cache) miss(ctx context.Context, k key, maxAge time.Duration, next graphql.ResponseHandler) *graphql.Response {
	f, leads := c.board(k)
	if leads {
		answer, made := c.lead(ctx, k, f, maxAge, next)
		if made != nil {
			c.leave(ctx, k, made)
		}
		return answer
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return next(ctx) // to say so
	}
	// What was computed before this question was asked may be older than what its asker has been told.
	if f.entry != nil && c.holds(f.entry) && c.Ledger.Trusted() {
		return c.hit(f.entry, FromFlight)
	}
	return next(ctx)
}

// board returns the flight to an answer, and whether the caller leads it.
func (c *Cache) board(k key) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[k]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	c.flights[k] = f
	return f, true
}

// land ends a flight with an answer for everybody who waits; nil for none.
func (c *Cache) land(k key, f *flight, e *entry) {
	f.entry = e
	c.mu.Lock()
	delete(c.flights, k)
	c.mu.Unlock()
	close(f.done)
}

// lead finds an answer for everybody who asks the same. made is what other processes may have of it; nil
// for nothing.
func (c *Cache) lead(ctx context.Context, k key, f *flight, maxAge time.Duration, next graphql.ResponseHandler) (answer *graphql.Response, made *entry) {
	var found *entry
	defer func() { c.land(k, f, found) }() // also when the computation panics
	if found = c.fetch(ctx, k); found != nil {
		c.put(k, found)
		return c.hit(found, FromShared), nil
	}
	c.OnMiss()
	answer, made = c.compute(ctx, k, maxAge, next)
	if found = made; made != nil {
		c.put(k, made)
	}
	c.show(answer, false, 0)
	return answer, made
}

// compute returns the answer, and what to keep of it: nothing of an answer with errors, of one for which
// somebody asked who is asking, and of one that does not hold any more.
func (c *Cache) compute(ctx context.Context, k key, maxAge time.Duration, next graphql.ResponseHandler) (*graphql.Response, *entry) {
	mark := c.Ledger.Begin()
	begun := c.Now()
	observed, read := reads.Observe(ctx)
	observed, who := viewer.Observe(observed)
	answer := next(observed)
	if who.Viewer() {
		viewer.From(ctx) // whoever watches outside is to know, too
		c.personal.Add(k, struct{}{})
		return answer, nil
	}
	if answer == nil || len(answer.Errors) > 0 || len(answer.Extensions) > 0 || answer.HasNext != nil || len(answer.Data) == 0 {
		return answer, nil
	}
	e := &entry{mark: mark, read: read.Slots(), made: begun, until: begun.Add(maxAge)}
	if until := read.Until(); !until.IsZero() && until.Before(e.until) {
		e.until = until
	}
	if !c.holds(e) {
		return answer, nil
	}
	e.data = bytes.Clone(answer.Data) // the executor may use its buffer again
	return answer, e
}
