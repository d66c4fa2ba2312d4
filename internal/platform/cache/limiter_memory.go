package cache

import (
	"context"
	"sync"
	"time"
)

// grace is how long an idle key is remembered in case it comes back: to forget and to learn it with every
// one of its events would cost more than counting them.
const grace = 10 * time.Second

// MemoryLimiter is a [Limiter] inside this process: with N replicas a client may do N times
// as much.
type MemoryLimiter struct {
	maxKeys int
	started time.Time

	mu   sync.Mutex
	tats *lru[int64] // key → theoretical arrival time in µs since started
}

var _ Limiter = (*MemoryLimiter)(nil)

// NewMemoryLimiter returns a limiter that remembers at most maxKeys keys. Idle keys are
// dropped as others come; when maxKeys are busy, the least recently used one is forgotten
// and starts afresh, because a bound on memory matters more than one client's count.
func NewMemoryLimiter(maxKeys int) *MemoryLimiter {
	return &MemoryLimiter{maxKeys: max(1, maxKeys), started: time.Now(), tats: newLRU[int64]()}
}

// Allow implements [Limiter].
func (l *MemoryLimiter) Allow(ctx context.Context, key string, limit Limit) (Verdict, error) {
	if err := ctx.Err(); err != nil {
		return Verdict{}, err
	}
	p, err := limit.pace()
	if err != nil {
		return Verdict{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// The monotonic clock: a correction of the wall clock must not free or jail anybody.
	now := time.Since(l.started).Microseconds()
	tat, _ := l.tats.get(key)
	tat, verdict := p.decide(now, tat)
	l.tats.put(key, tat)
	l.sweep(now)
	return verdict, nil
}

// Refund implements [Limiter].
func (l *MemoryLimiter) Refund(ctx context.Context, key string, limit Limit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p, err := limit.pace()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if tat, known := l.tats.get(key); known {
		l.tats.put(key, tat-p.interval) // a time that is past says the same as none
	}
	return nil
}

// Len returns how many keys are remembered.
func (l *MemoryLimiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tats.len()
}

// sweep drops what is over the bound, and up to two idle keys: more than one call can add,
// so idle keys go away without a goroutine that looks for them. The lock is held.
func (l *MemoryLimiter) sweep(now int64) {
	for range 2 {
		key, tat, _ := l.tats.oldest()
		if tat > now-grace.Microseconds() && l.tats.len() <= l.maxKeys {
			return
		}
		l.tats.remove(key)
	}
}
