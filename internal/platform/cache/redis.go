package cache

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a caller waits for Redis before it goes on without: longer than any
// healthy answer, shorter than anybody notices. The client must be made with
// ContextTimeoutEnabled, or go-redis waits for its own, longer timeouts instead.
const patience = 250 * time.Millisecond

// errResting says that Redis has failed a moment ago and is left alone.
var errResting = errors.New("redis has failed a moment ago")

// Redis is a [Cache] that several replicas share. While Redis is away its methods fail: one in a second
// after trying, the others at once.
type Redis struct {
	client redis.UniversalClient
	prefix string

	started time.Time
	resumes atomic.Int64 // since started: when Redis is asked again
}

var _ Cache = (*Redis)(nil)

// NewRedis returns a cache over client. Every key begins with prefix, which keeps users of
// one server apart. The caller owns client and closes it; it should be made with
// ContextTimeoutEnabled so that a silent server costs at most 250 ms.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix, started: time.Now()}
}

// Get implements [Cache].
func (r *Redis) Get(ctx context.Context, key string) (value []byte, ok bool, err error) {
	err = r.ask(ctx, func(ctx context.Context) error {
		value, err = r.client.Get(ctx, r.prefix+key).Bytes()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("cache get: %w", err)
	}
	return value, true, nil
}

// Set implements [Cache]. Redis counts in milliseconds, so a shorter ttl lasts one.
func (r *Redis) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return ErrTTL
	}
	err := r.ask(ctx, func(ctx context.Context) error {
		return r.client.Set(ctx, r.prefix+key, value, max(ttl, time.Millisecond)).Err()
	})
	if err != nil {
		return fmt.Errorf("cache set: %w", err)
	}
	return nil
}

// Delete implements [Cache].
func (r *Redis) Delete(ctx context.Context, keys ...string) error {
	err := r.ask(ctx, func(ctx context.Context) error {
		// One command a key, because the keys of a Redis Cluster live on different nodes.
		_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.Unlink(ctx, r.prefix+key)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("cache delete: %w", err)
	}
	return nil
}

// ask talks to Redis for at most the patience, unless it has failed a moment ago.
func (r *Redis) ask(ctx context.Context, talk func(ctx context.Context) error) error {
	if int64(time.Since(r.started)) < r.resumes.Load() {
		return errResting
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := talk(asking)
	// A caller who left says nothing about the health of Redis.
	if err != nil && !errors.Is(err, redis.Nil) && ctx.Err() == nil {
		r.resumes.Store(int64(time.Since(r.started) + recess))
	}
	return err
}
