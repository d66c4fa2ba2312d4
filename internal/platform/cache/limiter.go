package cache

import (
	"context"
	"fmt"
	"time"
)

// Limiter decides how often something may happen. It is safe for concurrent use.
type Limiter interface {
	// Allow asks to do once what key names, such as "signin:203.0.113.7", and counts it
	// when it is allowed. A refused attempt costs nothing. An error means that limit makes
	// no sense or that ctx has ended; it never means that the limiter is away.
	Allow(ctx context.Context, key string, limit Limit) (Verdict, error)
	// Refund takes back one allowed attempt that turned out not to count, such as a sign-in that
	// succeeded. It never frees more than was counted.
	Refund(ctx context.Context, key string, limit Limit) error
}

// Limit is a steady rate with a burst on top of it.
type Limit struct {
	// Rate is how many events a Per may happen in the long run.
	Rate int
	// Per is the period that Rate counts in.
	Per time.Duration
	// Burst is how many events may happen at once after a pause; less than 1 counts as 1.
	Burst int
}

// Verdict is the answer to one attempt.
type Verdict struct {
	// Allowed tells whether the event may happen.
	Allowed bool
	// Remaining is how many more events may happen at once right now.
	Remaining int
	// RetryAfter is how long to wait until one event is allowed; zero when Allowed.
	RetryAfter time.Duration
}

// horizon is the longest time that a limit may look ahead. It keeps every number below
// 2^53, where the arithmetic of Lua on Redis is still exact.
const horizon = 366 * 24 * time.Hour

// pace is a [Limit] in the terms of the Generic Cell Rate Algorithm (ITU-T Recommendation
// I.371, virtual scheduling). All times are whole microseconds, the resolution of Redis
// TIME, so that both limiters compute the same verdicts.
//
// The whole state of a key is its theoretical arrival time (TAT): when the next event would
// come if all came evenly spaced. An event may come early by the tolerance τ = (burst-1)·T,
// and each allowed one moves the TAT on by the emission interval T.
type pace struct {
	interval int64 // T, between two events at the steady rate
	capacity int64 // T·burst, how far ahead of now the TAT may get
}

// pace returns the limit's terms, or an error for a limit that makes no sense.
func (l Limit) pace() (pace, error) {
	if l.Rate <= 0 || l.Per <= 0 {
		return pace{}, fmt.Errorf("cache: a limit of %d events in %v allows nothing", l.Rate, l.Per)
	}
	interval := max(1, l.Per.Microseconds()/int64(l.Rate))
	burst := int64(max(1, l.Burst))
	if burst > horizon.Microseconds()/interval {
		return pace{}, fmt.Errorf("cache: a burst of %d at %d events in %v looks too far ahead", l.Burst, l.Rate, l.Per)
	}
	return pace{interval: interval, capacity: interval * burst}, nil
}

// decide returns the verdict for an event at now, and the TAT after it. A TAT in the past
// says the same as no TAT at all. The Lua script of [RedisLimiter] does the same steps.
func (p pace) decide(now, tat int64) (int64, Verdict) {
	tat = max(tat, now)
	next := tat + p.interval
	if wait := next - p.capacity - now; wait > 0 {
		return tat, Verdict{RetryAfter: micros(wait)}
	}
	left := p.capacity - (next - now)
	return next, Verdict{Allowed: true, Remaining: int(left / p.interval)}
}

// micros returns n microseconds as a duration.
func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
