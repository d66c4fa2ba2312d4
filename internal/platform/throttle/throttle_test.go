package throttle_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/throttle"
)

func TestAttemptsAreCountedUntilOneIsRefused(t *testing.T) {
	t.Parallel()
	ctx, limiter := t.Context(), cache.NewMemoryLimiter(100)
	c := throttle.New(limiter, "doors", slog.New(slog.DiscardHandler))
	narrow := throttle.Attempt{Key: "one", Limit: cache.Limit{Rate: 1, Per: time.Hour, Burst: 1}}
	wide := throttle.Attempt{Key: "all", Limit: cache.Limit{Rate: 2, Per: time.Hour, Burst: 2}}
	require.NoError(t, c.Count(ctx, fault.RateLimited, narrow, wide))
	for range 5 { // what the narrow one refuses costs the wide one nothing
		err := c.Count(ctx, fault.RateLimited, narrow, wide)
		require.ErrorIs(t, err, fault.RateLimited)
	}
	require.NoError(t, c.Count(ctx, fault.RateLimited, wide))
	require.ErrorIs(t, c.Count(ctx, fault.RateLimited, wide), fault.RateLimited)

	require.NoError(t, throttle.New(limiter, "windows", slog.New(slog.DiscardHandler)).Count(ctx, fault.RateLimited, narrow), "subjects are apart")

	c.Forgive(ctx, narrow, wide)
	require.NoError(t, c.Count(ctx, fault.RateLimited, narrow, wide), "a good attempt was given back")
}
