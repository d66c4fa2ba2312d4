package cache

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// recess is how long Redis is left alone after a failure, so that an outage costs one
	// slow answer a second and not one a request.
	recess = time.Second
	// quiet is the least time between two log lines about an outage.
	quiet = 10 * time.Second
	// localKeys bounds the limiter that stands in for Redis.
	localKeys = 100_000
)

// gcra is [pace.decide] on the server, where reading and writing the TAT is one step.
// KEYS[1] holds the TAT; ARGV: interval, capacity, now (0: the server's own clock), all in
// microseconds. It returns allowed (0 or 1), remaining, and the wait in microseconds. The
// key ends when its TAT is past, because then it says nothing any more.
const gcra = `
local interval, capacity, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local next = tat + interval
local wait = next - capacity - now
if wait > 0 then
  return {0, 0, wait}
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return {1, math.floor((capacity - (next - now)) / interval), 0}
`

// refundScript moves the TAT back by one interval. KEYS and ARGV are as above.
const refundScript = `
local interval, now = tonumber(ARGV[1]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local tat = tonumber(redis.call('GET', KEYS[1]) or now) - interval
if tat <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))
end
return 1
`

// RedisLimiter is a [Limiter] that several replicas share. It counts by the clock of the
// Redis server, so replicas need not agree on the time.
//
// It fails open to a local limit: while Redis is away, each replica limits on its own, and
// nobody is refused because Redis is.
type RedisLimiter struct {
	client redis.UniversalClient
	prefix string
	script *redis.Script
	refund *redis.Script
	now    func() int64 // Unix time in µs, 0 for the server's clock
	local  *MemoryLimiter
	logger *slog.Logger

	started time.Time
	resumes atomic.Int64 // since started: when Redis is asked again
	speaks  atomic.Int64 // since started: when an outage is logged again
}

var _ Limiter = (*RedisLimiter)(nil)

// NewRedisLimiter returns a limiter over client. Every key begins with prefix. An outage is
// logged to logger at most once in 10 seconds. The caller owns client and closes it; it
// should be made with ContextTimeoutEnabled so that a silent server costs at most 250 ms.
func NewRedisLimiter(client redis.UniversalClient, prefix string, logger *slog.Logger) *RedisLimiter {
	return &RedisLimiter{
		client:  client,
		prefix:  prefix,
		script:  redis.NewScript(gcra),
		refund:  redis.NewScript(refundScript),
		now:     func() int64 { return 0 },
		local:   NewMemoryLimiter(localKeys),
		logger:  logger,
		started: time.Now(),
	}
}

// Allow implements [Limiter].
func (l *RedisLimiter) Allow(ctx context.Context, key string, limit Limit) (Verdict, error) {
	p, err := limit.pace()
	if err != nil {
		return Verdict{}, err
	}
	if int64(time.Since(l.started)) < l.resumes.Load() {
		return l.local.Allow(ctx, key, limit)
	}
	verdict, err := l.ask(ctx, key, p)
	if err == nil {
		return verdict, nil
	}
	// A caller who left says nothing about the health of Redis.
	if ctx.Err() != nil {
		return Verdict{}, ctx.Err()
	}
	l.away(ctx, err)
	return l.local.Allow(ctx, key, limit)
}

// Refund implements [Limiter].
func (l *RedisLimiter) Refund(ctx context.Context, key string, limit Limit) error {
	p, err := limit.pace()
	if err != nil {
		return err
	}
	if int64(time.Since(l.started)) < l.resumes.Load() {
		return l.local.Refund(ctx, key, limit)
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = l.refund.Run(asking, l.client, []string{l.prefix + key}, p.interval, p.capacity, l.now()).Err()
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	l.away(ctx, err)
	return l.local.Refund(ctx, key, limit)
}

// ask runs the script and reads its answer.
func (l *RedisLimiter) ask(ctx context.Context, key string, p pace) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := l.script.Run(ctx, l.client, []string{l.prefix + key}, p.interval, p.capacity, l.now()).Int64Slice()
	if err != nil {
		return Verdict{}, err
	}
	if len(answer) != 3 {
		return Verdict{}, fmt.Errorf("rate limit script: %d values instead of 3", len(answer))
	}
	return Verdict{Allowed: answer[0] == 1, Remaining: int(answer[1]), RetryAfter: micros(answer[2])}, nil
}

// away begins a recess, and logs err unless that was done a moment ago.
func (l *RedisLimiter) away(ctx context.Context, err error) {
	elapsed := time.Since(l.started)
	l.resumes.Store(int64(elapsed + recess))
	speaks := l.speaks.Load()
	if int64(elapsed) < speaks || !l.speaks.CompareAndSwap(speaks, int64(elapsed+quiet)) {
		return
	}
	l.logger.WarnContext(ctx, "redis is away, rates are limited by this process alone", "error", err)
}
