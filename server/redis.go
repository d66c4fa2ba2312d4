package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisPrefix begins every key of ours.
const redisPrefix = "moa:"

// The bounds of what one process keeps for itself.
const (
	cacheBytes  = 64 << 20
	limiterKeys = 100_000
)

// openRedis returns a client for one Redis, for a cluster (?addr=…) or for Sentinel (?master_name=…).
// Deadlines are obeyed on the wire: a silent Redis must not hold up a request.
func openRedis(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("MOA_REDIS_URL is not a URL")
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		opts, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, fmt.Errorf("read MOA_REDIS_URL: %w", err)
		}
		opts.ContextTimeoutEnabled, opts.DialTimeout = true, dialTimeout
		return redis.NewFailoverClient(opts), nil
	case query.Has("addr"):
		opts, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, fmt.Errorf("read MOA_REDIS_URL: %w", err)
		}
		opts.ContextTimeoutEnabled, opts.DialTimeout = true, dialTimeout
		return redis.NewClusterClient(opts), nil
	}
	opts, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("read MOA_REDIS_URL: %w", err)
	}
	opts.ContextTimeoutEnabled, opts.DialTimeout = true, dialTimeout
	return redis.NewClient(opts), nil
}

// redisDatabase returns the number of the client's database: channels, unlike keys, are of all of them.
func redisDatabase(client redis.UniversalClient) string {
	if one, ok := client.(*redis.Client); ok {
		return strconv.Itoa(one.Options().DB)
	}
	return "0"
}

const dialTimeout = 2 * time.Second

// redisLog takes what the Redis client says of its connections: the bus and the limits say in their own
// words what it means.
type redisLog struct{ logger *slog.Logger }

// Printf implements the client's logger.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.logger.DebugContext(ctx, fmt.Sprintf(format, args...), "component", "redis")
}
