// Package cache is the short-lived memory that the parts of Moa share: remembered
// answers ([Cache]), rates of use ([Limiter]) and whose turn it is ([Turns]). Each lives
// in this process, or in Redis where several replicas share it. Losing it loses speed, never truth: nothing
// here may be the only copy of anything.
package cache

import (
	"context"
	"errors"
	"time"
)

// ErrTTL is returned by Set for a time to live that is not positive: what is kept
// here always ends by itself.
var ErrTTL = errors.New("cache: the time to live must be positive")

// Cache keeps values for a while. It may forget any of them at any moment, and it is
// safe for concurrent use. An error means that the cache is away: a reader treats it
// as a miss, a writer goes on.
type Cache interface {
	// Get returns the value kept under key; ok is false when there is none. The value
	// belongs to the caller.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	// Set keeps a copy of value under key for ttl, and replaces what was there.
	// A ttl that is not positive gives [ErrTTL].
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete forgets the keys; unknown ones are no error.
	Delete(ctx context.Context, keys ...string) error
}
