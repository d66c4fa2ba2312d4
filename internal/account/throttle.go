package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Limits say how many attempts there may be. Every attempt counts, also a good one: what is counted
// only after the answer could be tried many times at once.
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
		RefreshAddress: cache.Limit{Rate: 600, Per: time.Minute, Burst: 600},
		Password:       cache.Limit{Rate: 10, Per: 15 * time.Minute, Burst: 10},
	}
}

// throttleSignIn counts an attempt to sign in. What the narrow limits refuse costs the account's own
// limit nothing.
func (s *Service) throttleSignIn(ctx context.Context, emailHash string) error {
	from := origin(ctx)
	for _, attempt := range []struct {
		key   string
		limit cache.Limit
	}{
		{"sign-in:address:" + from, s.limits.SignInAddress},
		{"sign-in:pair:" + emailHash + ":" + from, s.limits.SignInPair},
		{"sign-in:account:" + emailHash, s.limits.SignInAccount},
	} {
		if err := s.throttle(ctx, ErrSignInThrottled, attempt.key, attempt.limit); err != nil {
			return err
		}
	}
	return nil
}

// throttle counts an attempt and returns refusal, with the time to wait, when there were too many.
func (s *Service) throttle(ctx context.Context, refusal *fault.Error, key string, limit cache.Limit) error {
	verdict, err := s.limiter.Allow(ctx, "account:"+key, limit)
	if err != nil {
		return fmt.Errorf("count an attempt: %w", err)
	}
	if !verdict.Allowed {
		return refusal.After(verdict.RetryAfter)
	}
	return nil
}

// origin returns where a request comes from. A client with IPv6 has a /64 to choose addresses from
// (RFC 6177 §2), so the /64 counts as one.
func origin(ctx context.Context) string {
	text := viewer.Address(ctx)
	address, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	address = address.Unmap()
	if address.Is4() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return network.String()
}
