// Package throttle bounds how often something may be attempted.
package throttle

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Attempt is something that is counted: under its key, against its limit.
type Attempt struct {
	Key   string
	Limit cache.Limit
}

// Counter counts the attempts of one subject. An attempt counts before it is tried, because what is counted only
// afterwards could be tried many times at once; a good one is given back.
type Counter struct {
	limiter cache.Limiter
	subject string
	logger  *slog.Logger
}

// New returns the counter of a subject, whose keys it keeps apart from those of others. Share the limiter among
// the replicas.
func New(limiter cache.Limiter, subject string, logger *slog.Logger) *Counter {
	return &Counter{limiter, subject + ":", logger}
}

// Count counts attempts until one is refused, and returns refusal with the time to wait then. Name the narrowest
// first: what it refuses costs the others nothing.
func (c *Counter) Count(ctx context.Context, refusal *fault.Error, attempts ...Attempt) error {
	for _, a := range attempts {
		verdict, err := c.limiter.Allow(ctx, c.subject+a.Key, a.Limit)
		if err != nil {
			return fmt.Errorf("count an attempt: %w", err)
		}
		if !verdict.Allowed {
			return refusal.After(verdict.RetryAfter)
		}
	}
	return nil
}

// Forgive gives back attempts that were good. It never fails them: at worst they stay counted.
func (c *Counter) Forgive(ctx context.Context, attempts ...Attempt) {
	for _, a := range attempts {
		if err := c.limiter.Refund(ctx, c.subject+a.Key, a.Limit); err != nil {
			c.logger.DebugContext(ctx, "a good attempt stays counted", "error", err)
		}
	}
}
