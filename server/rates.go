package server

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// rates bounds how many operations one viewer and one network address may ask for, over whatever
// transport. Each replica counts for itself: a round trip for every operation would cost more than
// the operation. Addresses that stand for nobody in particular are not counted, see [viewer.Network].
type rates struct {
	limiter cache.Limiter
	viewer  cache.Limit
	address cache.Limit
	present graphql.ErrorPresenterFunc
}

// burst is how many times the rate of a second may come at once.
const burst = 10

func newRates(limits config.Limits, present graphql.ErrorPresenterFunc) *rates {
	limit := func(rate int) cache.Limit { return cache.Limit{Rate: rate, Per: time.Second, Burst: burst * rate} }
	return &rates{
		limiter: cache.NewMemoryLimiter(100_000),
		viewer:  limit(limits.ViewerRate),
		address: limit(limits.AddressRate),
		present: present,
	}
}

// ExtensionName implements [graphql.HandlerExtension].
func (*rates) ExtensionName() string { return "Rates" }

// Validate implements [graphql.HandlerExtension].
func (*rates) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements [graphql.OperationParameterMutator]: it runs before parsing.
func (r *rates) MutateOperationParameters(ctx context.Context, _ *graphql.RawParams) *gqlerror.Error {
	if who := viewer.From(ctx); !who.IsGuest() {
		if err := r.count(ctx, "v:"+who.ID, r.viewer); err != nil {
			return err
		}
	}
	network, known := viewer.Network(viewer.Address(ctx))
	if !known {
		return nil
	}
	return r.count(ctx, "a:"+network, r.address)
}

func (r *rates) count(ctx context.Context, key string, limit cache.Limit) *gqlerror.Error {
	verdict, err := r.limiter.Allow(ctx, key, limit)
	if err != nil { // counting in memory fails only with a cancelled request
		return r.present(ctx, err)
	}
	if verdict.Allowed {
		return nil
	}
	return r.present(ctx, fault.RateLimited.After(verdict.RetryAfter))
}
