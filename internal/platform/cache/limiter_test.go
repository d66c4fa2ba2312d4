package cache_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/cache"
)

// bench is a fresh limiter whose clock stands still until advance moves it.
type bench struct {
	cache.Limiter
	advance func(time.Duration)
}

// limiterSuite is what every Limiter does. Periods are minutes, so that keys on a real
// Redis cannot end while a case runs.
var limiterSuite = map[string]func(t *testing.T, b bench){
	"a burst is allowed at once":         testBurst,
	"one more is allowed each interval":  testInterval,
	"a pause earns the burst, no more":   testPause,
	"a refused attempt costs nothing":    testRefusedIsFree,
	"the long run keeps the rate":        testLongRun,
	"keys are apart":                     testLimiterKeys,
	"a burst below one counts as one":    testNoBurst,
	"a limit may change":                 testChangedLimit,
	"a senseless limit is an error":      testSenselessLimit,
	"a caller who left gets no verdict":  testCallerLeft,
	"concurrent attempts share a burst":  testConcurrent,
	"fractions of an interval are exact": testFractions,
	"a refund takes one attempt back":    testRefund,
}

func TestMemoryLimiter(t *testing.T) {
	t.Parallel()
	for name, test := range limiterSuite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// Inside the bubble the clock is a fake one, and Sleep moves it.
				test(t, bench{cache.NewMemoryLimiter(100), time.Sleep})
			})
		})
	}
}

func TestRedisLimiter(t *testing.T) {
	t.Parallel()
	client := dialRedis(t)
	for name, test := range limiterSuite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limiter := cache.NewRedisLimiter(client, freshPrefix(t, client), failOnLog(t))
			var now atomic.Int64
			now.Store(time.Now().UnixMicro())
			limiter.SetClock(now.Load)
			test(t, bench{limiter, func(d time.Duration) { now.Add(d.Microseconds()) }})
		})
	}
}

func testBurst(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 6, Per: time.Minute, Burst: 3}
	for left := 2; left >= 0; left-- {
		require.Equal(t, cache.Verdict{Allowed: true, Remaining: left}, b.ask(t, "k", limit))
	}
	require.Equal(t, cache.Verdict{RetryAfter: 10 * time.Second}, b.ask(t, "k", limit))
}

func testRefund(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 6, Per: time.Minute, Burst: 3}
	require.NoError(t, b.Refund(t.Context(), "k", limit), "nothing was counted, nothing is freed")
	require.Equal(t, 3, b.exhaust(t, "k", limit))
	require.NoError(t, b.Refund(t.Context(), "k", limit))
	require.Equal(t, 1, b.exhaust(t, "k", limit))
	for range 10 {
		require.NoError(t, b.Refund(t.Context(), "k", limit))
	}
	require.Equal(t, 3, b.exhaust(t, "k", limit), "never more than the burst")
	require.Error(t, b.Refund(t.Context(), "k", cache.Limit{}))
}

func testInterval(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 6, Per: time.Minute, Burst: 2}
	b.exhaust(t, "k", limit)
	for range 5 {
		b.advance(10*time.Second - time.Microsecond)
		require.Equal(t, cache.Verdict{RetryAfter: time.Microsecond}, b.ask(t, "k", limit))
		b.advance(time.Microsecond)
		require.Equal(t, cache.Verdict{Allowed: true}, b.ask(t, "k", limit))
	}
}

func testPause(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 6, Per: time.Minute, Burst: 3}
	require.Equal(t, 3, b.exhaust(t, "k", limit))
	b.advance(20 * time.Second)
	require.Equal(t, 2, b.exhaust(t, "k", limit))
	b.advance(24 * time.Hour)
	require.Equal(t, 3, b.exhaust(t, "k", limit))
}

func testRefusedIsFree(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 1, Per: time.Minute, Burst: 1}
	b.exhaust(t, "k", limit)
	for range 20 {
		require.Equal(t, time.Minute, b.ask(t, "k", limit).RetryAfter)
	}
	b.advance(time.Minute)
	require.True(t, b.ask(t, "k", limit).Allowed)
}

func testLongRun(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 30, Per: time.Minute, Burst: 5}
	allowed := 0
	for range 10 * 60 { // an attempt each second for ten minutes
		if b.ask(t, "k", limit).Allowed {
			allowed++
		}
		b.advance(time.Second)
	}
	require.InDelta(t, 10*30+5, allowed, 1)
}

func testLimiterKeys(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 1, Per: time.Minute, Burst: 1}
	require.True(t, b.ask(t, "a", limit).Allowed)
	require.False(t, b.ask(t, "a", limit).Allowed)
	require.True(t, b.ask(t, "b", limit).Allowed)
}

func testNoBurst(t *testing.T, b bench) {
	require.Equal(t, 1, b.exhaust(t, "k", cache.Limit{Rate: 100, Per: time.Hour}))
	require.Equal(t, 1, b.exhaust(t, "negative", cache.Limit{Rate: 100, Per: time.Hour, Burst: -7}))
}

func testChangedLimit(t *testing.T, b bench) {
	b.exhaust(t, "k", cache.Limit{Rate: 60, Per: time.Hour, Burst: 10})
	verdict := b.ask(t, "k", cache.Limit{Rate: 60, Per: time.Hour, Burst: 1})
	require.Equal(t, cache.Verdict{RetryAfter: 10 * time.Minute}, verdict, "what was used stays used")
	verdict = b.ask(t, "k", cache.Limit{Rate: 60, Per: time.Hour, Burst: 20})
	require.Equal(t, cache.Verdict{Allowed: true, Remaining: 9}, verdict)
}

func testSenselessLimit(t *testing.T, b bench) {
	for _, limit := range []cache.Limit{
		{},
		{Rate: 0, Per: time.Minute, Burst: 1},
		{Rate: -1, Per: time.Minute, Burst: 1},
		{Rate: 1, Per: 0, Burst: 1},
		{Rate: 1, Per: -time.Minute, Burst: 1},
		{Rate: 1, Per: 24 * time.Hour, Burst: 1_000_000_000},
	} {
		_, err := b.Allow(t.Context(), "k", limit)
		require.Error(t, err, "%+v", limit)
	}
}

func testCallerLeft(t *testing.T, b bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Allow(ctx, "k", cache.Limit{Rate: 1, Per: time.Minute})
	require.ErrorIs(t, err, context.Canceled)
}

func testConcurrent(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 1, Per: time.Hour, Burst: 50}
	var allowed atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 25 {
				verdict, err := b.Allow(t.Context(), "k", limit)
				if err == nil && verdict.Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 50, allowed.Load())
}

func testFractions(t *testing.T, b bench) {
	limit := cache.Limit{Rate: 7, Per: time.Minute, Burst: 1}
	interval := time.Minute / 7
	b.exhaust(t, "k", limit)
	require.Equal(t, interval.Truncate(time.Microsecond), b.ask(t, "k", limit).RetryAfter)
}

func TestMemoryLimiterDropsIdleKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := cache.NewMemoryLimiter(1000)
		b := bench{limiter, time.Sleep}
		limit := cache.Limit{Rate: 1, Per: time.Minute, Burst: 1}
		for i := range 500 {
			b.ask(t, strconv.Itoa(i), limit)
		}
		require.Equal(t, 500, limiter.Len())
		b.advance(2 * time.Minute)
		for range 300 {
			b.ask(t, "busy", limit)
		}
		require.Equal(t, 1, limiter.Len())
		require.False(t, b.ask(t, "busy", limit).Allowed)
	})
}

func TestMemoryLimiterIsBounded(t *testing.T) {
	t.Parallel()
	limiter := cache.NewMemoryLimiter(10)
	b := bench{limiter, nil}
	limit := cache.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	for i := range 100 {
		b.ask(t, strconv.Itoa(i), limit)
		require.LessOrEqual(t, limiter.Len(), 10)
	}
	require.False(t, b.ask(t, "99", limit).Allowed, "a recent key is remembered")
}

func TestRedisLimiterUsesTheClockOfRedis(t *testing.T) {
	t.Parallel()
	client := dialRedis(t)
	prefix := freshPrefix(t, client)
	b := bench{cache.NewRedisLimiter(client, prefix, failOnLog(t)), nil}
	limit := cache.Limit{Rate: 1, Per: 50 * time.Millisecond, Burst: 1}

	before, err := client.Time(t.Context()).Result()
	require.NoError(t, err)
	require.True(t, b.ask(t, "k", limit).Allowed)
	eventually(t, func() bool { return b.ask(t, "k", limit).Allowed })
	after, err := client.Time(t.Context()).Result()
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.Sub(before), limit.Per)

	b.ask(t, "state", hourly)
	tat, err := client.Get(t.Context(), prefix+"state").Int64()
	require.NoError(t, err)
	require.WithinDuration(t, after.Add(time.Hour), time.UnixMicro(tat), time.Minute, "the state is a whole number of µs")
}

func TestRedisLimiterSharesAndForgets(t *testing.T) {
	t.Parallel()
	client := dialRedis(t)
	prefix := freshPrefix(t, client)
	limit := cache.Limit{Rate: 1, Per: time.Hour, Burst: 3}
	one := bench{cache.NewRedisLimiter(client, prefix, failOnLog(t)), nil}
	two := bench{cache.NewRedisLimiter(client, prefix, failOnLog(t)), nil}
	require.Equal(t, 1, one.ask(t, "k", cache.Limit{Rate: 1, Per: time.Hour, Burst: 2}).Remaining)
	require.Equal(t, 1, two.ask(t, "k", limit).Remaining)
	require.Equal(t, 0, one.ask(t, "k", limit).Remaining)
	require.False(t, two.ask(t, "k", limit).Allowed)

	ttl, err := client.PTTL(t.Context(), prefix+"k").Result()
	require.NoError(t, err)
	require.InDelta(t, 3*time.Hour, ttl, float64(time.Minute), "the key ends when it says nothing more")
}

// ask wants a verdict and no error.
func (b bench) ask(t *testing.T, key string, limit cache.Limit) cache.Verdict {
	t.Helper()
	verdict, err := b.Allow(t.Context(), key, limit)
	require.NoError(t, err)
	return verdict
}

// exhaust asks until it is refused and returns how often it was allowed.
func (b bench) exhaust(t *testing.T, key string, limit cache.Limit) int {
	t.Helper()
	allowed := 0
	for b.ask(t, key, limit).Allowed {
		allowed++
		require.Less(t, allowed, 1000, "it never refuses")
	}
	return allowed
}

// failOnLog returns a logger for limiters that have nothing to complain about.
func failOnLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(failingWriter{t}, nil))
}

type failingWriter struct{ t *testing.T }

func (w failingWriter) Write(line []byte) (int, error) {
	w.t.Errorf("unexpected log line: %s", line)
	return len(line), nil
}
