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

// Limits say how many attempts there may be. An attempt counts before it is tried, because what is
// counted only afterwards could be tried many times at once; a good one is given back.
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

// attempt is something that is counted.
type attempt struct {
	key   string
	limit cache.Limit
}

// signInAttempts are what a sign-in counts for, the narrowest first: what they refuse costs the account's
// own limit nothing.
func (s *Service) signInAttempts(ctx context.Context, emailHash string) []attempt {
	from := origin(ctx)
	attempts := []attempt{
		{"sign-in:pair:" + emailHash + ":" + from, s.limits.SignInPair},
		{"sign-in:account:" + emailHash, s.limits.SignInAccount},
	}
	if isShared(ctx) {
		return attempts
	}
	return append([]attempt{{"sign-in:address:" + from, s.limits.SignInAddress}}, attempts...)
}

// throttleAll counts attempts until one is refused.
func (s *Service) throttleAll(ctx context.Context, refusal *fault.Error, attempts []attempt) error {
	for _, a := range attempts {
		if err := s.throttle(ctx, refusal, a.key, a.limit); err != nil {
			return err
		}
	}
	return nil
}

// throttleAddress counts an attempt of a network address.
func (s *Service) throttleAddress(ctx context.Context, what string, limit cache.Limit) error {
	if isShared(ctx) {
		return nil
	}
	return s.throttle(ctx, fault.RateLimited, what+":address:"+origin(ctx), limit)
}

// forgive gives back attempts that were good. It never fails the attempt: at worst it stays counted.
func (s *Service) forgive(ctx context.Context, attempts ...attempt) {
	for _, a := range attempts {
		if err := s.limiter.Refund(ctx, "account:"+a.key, a.limit); err != nil {
			s.logger.DebugContext(ctx, "a good attempt stays counted", "error", err)
		}
	}
}

// isShared reports whether the address stands for nobody in particular: a loopback address is the
// operator, or a proxy on the same machine behind which everybody would share one count.
func isShared(ctx context.Context) bool {
	address, err := netip.ParseAddr(viewer.Address(ctx))
	return err == nil && address.IsLoopback()
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
