package room

import (
	"context"
	"time"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/throttle"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Limits bound what one person can try.
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

// joinAttempts are what an attempt to join counts for, the narrowest first.
func (s *Service) joinAttempts(ctx context.Context, userID string) []throttle.Attempt {
	attempts := []throttle.Attempt{{Key: "join:user:" + userID, Limit: s.deps.Limits.JoinUser}}
	if from, known := viewer.Network(viewer.Address(ctx)); known {
		attempts = append(attempts, throttle.Attempt{Key: "join:address:" + from, Limit: s.deps.Limits.JoinAddress})
	}
	return attempts
}
