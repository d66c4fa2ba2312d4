// Package timeout bounds operations in time without paying for those that wait for nothing.
package timeout

import (
	"context"
	"sync"
	"time"
)

// With returns a context that ends after a duration, or when cancel is called, as [context.WithTimeout]
// does. Its timer is made for the first who waits for the end: most operations that are answered from
// memory never do, and a timer costs them as much as their answer.
func With(parent context.Context, after time.Duration) (ctx context.Context, cancel context.CancelFunc) {
	c := &lazy{Context: parent, at: time.Now().Add(after)}
	if earlier, ok := parent.Deadline(); ok && earlier.Before(c.at) {
		c.at = earlier
	}
	return c, c.cancel
}

// lazy becomes a context of package context when somebody asks for what needs one.
type lazy struct {
	context.Context // the parent

	at time.Time

	mu        sync.Mutex
	armed     context.Context //nolint:containedctx // what the context becomes
	disarm    context.CancelFunc
	cancelled bool
}

// Deadline implements [context.Context].
func (c *lazy) Deadline() (time.Time, bool) { return c.at, true }

// Done implements [context.Context].
func (c *lazy) Done() <-chan struct{} { return c.arm().Done() }

// Err implements [context.Context].
func (c *lazy) Err() error {
	c.mu.Lock()
	armed, cancelled := c.armed, c.cancelled
	c.mu.Unlock()
	if armed == nil && !cancelled && c.Context.Err() == nil && time.Now().Before(c.at) {
		return nil
	}
	return c.arm().Err()
}

// Value implements [context.Context]. Package context finds out by it that the context has become one of
// its own, whose children need no goroutine that waits for their parent.
func (c *lazy) Value(key any) any {
	c.mu.Lock()
	armed := c.armed
	c.mu.Unlock()
	if armed != nil {
		return armed.Value(key)
	}
	return c.Context.Value(key)
}

func (c *lazy) arm() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed == nil {
		c.armed, c.disarm = context.WithDeadline(c.Context, c.at)
		if c.cancelled {
			c.disarm()
		}
	}
	return c.armed
}

func (c *lazy) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelled = true
	if c.disarm != nil {
		c.disarm()
	}
}
