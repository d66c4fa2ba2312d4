package account

import (
	"context"
	"time"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/throttle"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Limits say how many attempts there may be.
type Limits struct {
	// SignInAddress holds for all sign-ins from one network address.
	SignInAddress cache.Limit
	// SignInPair holds for sign-ins to one account from one network address.
	SignInPair cache.Limit
	// SignInAccount holds for sign-ins to one account from anywhere. It is so much wider than
	// SignInPair that one address cannot use it up and lock the owner out.
	SignInAccount cache.Limit
	// SignUpAddress holds for new accounts from one network address.
	SignUpAddress cache.Limit
	// GuestAddress holds for new guests from one network address.
	GuestAddress cache.Limit
	// RefreshAddress holds for refreshed sessions from one network address.
	RefreshAddress cache.Limit
	// Password holds for one signed-in user who confirms something with the password.
	Password cache.Limit
}

// DefaultLimits returns limits that people do not meet, also when many share one address.
func DefaultLimits() Limits {
	return Limits{
		SignInAddress:  cache.Limit{Rate: 60, Per: time.Minute, Burst: 200},
		SignInPair:     cache.Limit{Rate: 10, Per: 15 * time.Minute, Burst: 10},
		SignInAccount:  cache.Limit{Rate: 100, Per: time.Hour, Burst: 100},
		SignUpAddress:  cache.Limit{Rate: 60, Per: time.Minute, Burst: 200},
		GuestAddress:   cache.Limit{Rate: 30, Per: time.Minute, Burst: 100},
		RefreshAddress: cache.Limit{Rate: 600, Per: time.Minute, Burst: 600},
		Password:       cache.Limit{Rate: 10, Per: 15 * time.Minute, Burst: 10},
	}
}

// signInAttempts are what a sign-in counts for, the narrowest first: what they refuse costs the account's
// own limit nothing.
func (s *Service) signInAttempts(ctx context.Context, emailHash string) []throttle.Attempt {
	from, known := viewer.Network(viewer.Address(ctx))
	attempts := []throttle.Attempt{
		{Key: "sign-in:pair:" + emailHash + ":" + from, Limit: s.limits.SignInPair},
		{Key: "sign-in:account:" + emailHash, Limit: s.limits.SignInAccount},
	}
	if !known {
		return attempts
	}
	return append([]throttle.Attempt{{Key: "sign-in:address:" + from, Limit: s.limits.SignInAddress}}, attempts...)
}

// countAddress counts an attempt of a network address.
func (s *Service) countAddress(ctx context.Context, what string, limit cache.Limit) error {
	from, known := viewer.Network(viewer.Address(ctx))
	if !known {
		return nil
	}
	return s.attempts.Count(ctx, fault.RateLimited, throttle.Attempt{Key: what + ":address:" + from, Limit: limit})
}
