package coupon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// How the gate uses Redis.
const (
	// gatePatience is how long a claim waits for Redis before it goes on without.
	gatePatience = 100 * time.Millisecond
	// gateRecess is how long Redis is left alone after a failure.
	gateRecess = time.Second
	// gateNear is how long an answer of Redis is repeated from memory: in a flood, one question
	// stands for thousands.
	gateNear = 200 * time.Millisecond
	// gateMemory is how long Redis keeps a snapshot: longer than any late news of an older version.
	gateMemory = 10 * time.Minute
)

// settleScript stores a snapshot unless a higher version stands there. KEYS[1] is the coupon;
// ARGV: version, snapshot, milliseconds to keep it. Redis's own clock tells the age of a
// snapshot, so that the replicas need not agree on the time.
const settleScript = `
local standing = redis.call('HGET', KEYS[1], 'version')
if standing and tonumber(standing) > tonumber(ARGV[1]) then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'snapshot', ARGV[2],
  'at', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

// admitScript returns the snapshot of KEYS[1] and its age in milliseconds, or nothing.
const admitScript = `
local found = redis.call('HMGET', KEYS[1], 'snapshot', 'at')
if not found[1] then
  return false
end
local time = redis.call('TIME')
return {found[1], time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(found[2])}
`

// RedisGate is a [Gate] that several replicas share. While Redis is away each replica goes on with
// what it knows itself.
type RedisGate struct {
	client redis.UniversalClient
	prefix string
	opts   GateOptions
	near   *MemoryGate
	flight singleflight.Group
	settle *redis.Script
	admit  *redis.Script

	started time.Time
	resumes atomic.Int64 // nanoseconds since started: when Redis is asked again
}

var _ Gate = (*RedisGate)(nil)

// NewRedisGate returns a gate over client, whose keys begin with prefix. The caller owns client; it
// should be made with ContextTimeoutEnabled, so that a silent server costs at most 100 ms.
func NewRedisGate(client redis.UniversalClient, prefix string, opts GateOptions) *RedisGate {
	return &RedisGate{
		client: client, prefix: prefix, opts: opts.withDefaults(), near: NewMemoryGate(opts),
		settle: redis.NewScript(settleScript), admit: redis.NewScript(admitScript), started: time.Now(),
	}
}

// Admit implements [Gate].
func (g *RedisGate) Admit(ctx context.Context, couponID string) (Verdict, error) {
	if verdict := g.near.recent(couponID, min(gateNear, g.opts.Trust)); verdict != Unknown {
		return verdict, nil
	}
	if g.resting() {
		return g.near.Admit(ctx, couponID)
	}
	// Who asks first asks for all; leaving must not fail the others.
	answer, err, _ := g.flight.Do(couponID, func() (any, error) {
		return g.ask(context.WithoutCancel(ctx), couponID)
	})
	if err != nil {
		g.rest()
		verdict, _ := g.near.Admit(ctx, couponID)
		return verdict, err
	}
	return answer.(Verdict), nil //nolint:forcetypeassert // ask returns nothing else
}

// ask reads the snapshot from Redis and remembers it.
func (g *RedisGate) ask(ctx context.Context, couponID string) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	answer, err := g.admit.Run(ctx, g.client, []string{g.key(couponID)}).Slice()
	if errors.Is(err, redis.Nil) {
		return Unknown, nil
	}
	if err != nil {
		return Unknown, fmt.Errorf("ask the gate on Redis: %w", err)
	}
	text, _ := answer[0].(string)
	age, _ := answer[1].(int64)
	var snapshot Snapshot
	if err := json.Unmarshal([]byte(text), &snapshot); err != nil {
		return Unknown, fmt.Errorf("read the gate on Redis: %w", err)
	}
	if elapsed := time.Duration(age) * time.Millisecond; elapsed < g.opts.Trust {
		now := g.opts.Now()
		g.near.learn(snapshot, now)
		return snapshot.verdict(now), nil
	}
	return Unknown, nil
}

// Settle implements [Gate].
func (g *RedisGate) Settle(ctx context.Context, snapshot Snapshot) error {
	_ = g.near.Settle(ctx, snapshot) // memory never fails
	if g.resting() {
		return nil
	}
	text, err := json.Marshal(snapshot)
	if err != nil {
		return fmt.Errorf("write the gate's snapshot: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	err = g.settle.Run(ctx, g.client, []string{g.key(snapshot.CouponID)},
		snapshot.Version, text, gateMemory.Milliseconds()).Err()
	if err != nil {
		g.rest()
		return fmt.Errorf("settle the gate on Redis: %w", err)
	}
	return nil
}

// Forget implements [Gate].
func (g *RedisGate) Forget(ctx context.Context, couponID string) error {
	_ = g.near.Forget(ctx, couponID) // memory never fails
	if g.resting() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	if err := g.client.Del(ctx, g.key(couponID)).Err(); err != nil {
		g.rest()
		return fmt.Errorf("forget a coupon in the gate on Redis: %w", err)
	}
	return nil
}

// key names the snapshot of a coupon; the braces keep what belongs to one coupon on one node.
func (g *RedisGate) key(couponID string) string { return g.prefix + "gate:{" + couponID + "}" }

func (g *RedisGate) resting() bool { return int64(time.Since(g.started)) < g.resumes.Load() }

func (g *RedisGate) rest() { g.resumes.Store(int64(time.Since(g.started) + gateRecess)) }
