package room

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Limits bound what one person can try. Attempts to join count before they are tried, because what is counted
// only afterwards could be tried many times at once; a good one is given back.
type Limits struct {
	// JoinUser holds for one user's attempts to join.
	JoinUser cache.Limit
	// JoinAddress holds for attempts to join from one network address.
	JoinAddress cache.Limit
	// JoinRoom holds for attempts at the password of one room. It is so much wider than JoinUser that one user
	// cannot use it up and keep the guest out.
	JoinRoom cache.Limit
	// Open holds for the rooms of one host.
	Open cache.Limit
	// Signal holds for one member's signals, and LargeSignal for those of more than 4 KB. Logs keep them for a
	// while, and nobody shall fill their memory.
	Signal      cache.Limit
	LargeSignal cache.Limit
}

// DefaultLimits returns limits that people do not meet.
func DefaultLimits() Limits {
	return Limits{
		JoinUser:    cache.Limit{Rate: 10, Per: time.Minute, Burst: 10},
		JoinAddress: cache.Limit{Rate: 60, Per: time.Minute, Burst: 100},
		JoinRoom:    cache.Limit{Rate: 100, Per: time.Hour, Burst: 100},
		Open:        cache.Limit{Rate: 60, Per: time.Hour, Burst: 20},
		Signal:      cache.Limit{Rate: 120, Per: time.Minute, Burst: 300},
		LargeSignal: cache.Limit{Rate: 10, Per: time.Minute, Burst: 30},
	}
}

// attempt is something that is counted.
type attempt struct {
	key   string
	limit cache.Limit
}

// joinAttempts are what an attempt to join counts for, the narrowest first.
func (s *Service) joinAttempts(ctx context.Context, userID string) []attempt {
	attempts := []attempt{{"join:user:" + userID, s.deps.Limits.JoinUser}}
	if from, known := origin(ctx); known {
		attempts = append(attempts, attempt{"join:address:" + from, s.deps.Limits.JoinAddress})
	}
	return attempts
}

// throttle counts attempts until one is refused, and returns refusal with the time to wait then.
func (s *Service) throttle(ctx context.Context, refusal *fault.Error, attempts ...attempt) error {
	for _, a := range attempts {
		verdict, err := s.deps.Limiter.Allow(ctx, "room:"+a.key, a.limit)
		if err != nil {
			return fmt.Errorf("count an attempt: %w", err)
		}
		if !verdict.Allowed {
			return refusal.After(verdict.RetryAfter)
		}
	}
	return nil
}

// forgive gives back attempts that were good. It never fails them: at worst they stay counted.
func (s *Service) forgive(ctx context.Context, attempts []attempt) {
	for _, a := range attempts {
		if err := s.deps.Limiter.Refund(ctx, "room:"+a.key, a.limit); err != nil {
			s.deps.Logger.DebugContext(ctx, "a good attempt stays counted", "error", err)
		}
	}
}

// origin returns where a request comes from; false when that stands for nobody in particular: a loopback
// address is a proxy on the same machine, behind which everybody would share one count. A client with IPv6 has
// a /64 to choose addresses from (RFC 6177 §2), so the /64 counts as one.
func origin(ctx context.Context) (network string, known bool) {
	address, err := netip.ParseAddr(viewer.Address(ctx))
	if err != nil || address.IsLoopback() {
		return "", false
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String(), true
	}
	prefix, err := address.Prefix(64)
	return prefix.String(), err == nil
}
