package cache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/cache"
)

var hourly = cache.Limit{Rate: 1, Per: time.Hour, Burst: 2}

func TestRedisLimiterFallsBackToALocalLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(context.Context) error { return errors.New("connection refused") }}
		var log bytes.Buffer
		b := bench{cache.NewRedisLimiter(server.client(t), "", textLogger(&log)), time.Sleep}

		require.Equal(t, cache.Verdict{Allowed: true, Remaining: 1}, b.ask(t, "k", hourly))
		require.Equal(t, cache.Verdict{Allowed: true, Remaining: 0}, b.ask(t, "k", hourly))
		require.Equal(t, cache.Verdict{RetryAfter: time.Hour}, b.ask(t, "k", hourly), "the limit holds, locally")
		require.Contains(t, log.String(), "connection refused")
	})
}

func TestRedisLimiterLeavesADeadRedisAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(context.Context) error { return errors.New("connection refused") }}
		var log bytes.Buffer
		b := bench{cache.NewRedisLimiter(server.client(t), "", textLogger(&log)), time.Sleep}

		b.exhaust(t, "k", hourly)
		require.Equal(t, 1, server.calls, "one failure is enough for a while")
		b.advance(time.Second)
		b.exhaust(t, "k", hourly)
		require.Equal(t, 2, server.calls, "then it is asked again")
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "an outage is not told twice in 10 s")
		b.advance(9 * time.Second)
		b.exhaust(t, "k", hourly)
		require.Equal(t, 2, bytes.Count(log.Bytes(), []byte("\n")))
	})
}

func TestRedisLimiterDoesNotWaitForASilentRedis(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		var log bytes.Buffer
		b := bench{cache.NewRedisLimiter(server.client(t), "", textLogger(&log)), time.Sleep}

		start := time.Now()
		require.True(t, b.ask(t, "k", hourly).Allowed)
		require.Equal(t, 250*time.Millisecond, time.Since(start))
		require.True(t, b.ask(t, "k", hourly).Allowed)
		require.Equal(t, 250*time.Millisecond, time.Since(start), "only the first caller waits")
	})
}

func TestRedisLimiterComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(context.Context) error { return errors.New("connection refused") }}
		var log bytes.Buffer
		b := bench{cache.NewRedisLimiter(server.client(t), "", textLogger(&log)), time.Sleep}

		require.True(t, b.ask(t, "k", hourly).Allowed)
		server.answer = func(context.Context) error { return nil }
		server.verdict = []any{int64(0), int64(0), int64(7_000_000)}
		b.advance(time.Second)
		require.Equal(t, cache.Verdict{RetryAfter: 7 * time.Second}, b.ask(t, "k", hourly), "Redis decides again")
	})
}

func TestRedisLimiterDoesNotBlameRedisForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(ctx context.Context) error { return ctx.Err() }}
		server.verdict = []any{int64(1), int64(5), int64(0)}
		limiter := cache.NewRedisLimiter(server.client(t), "", failOnLog(t))
		gone, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := limiter.Allow(gone, "k", hourly)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 5, bench{limiter, nil}.ask(t, "k", hourly).Remaining, "Redis is asked at once")
	})
}

func TestRedisLimiterDoesNotTrustAStrangeAnswer(t *testing.T) {
	t.Parallel()
	server := &scripted{answer: func(context.Context) error { return nil }, verdict: []any{int64(1)}}
	var log bytes.Buffer
	b := bench{cache.NewRedisLimiter(server.client(t), "", textLogger(&log)), nil}
	require.Equal(t, cache.Verdict{Allowed: true, Remaining: 1}, b.ask(t, "k", hourly))
	require.Contains(t, log.String(), "1 values instead of 3")
}

func TestRedisCacheLeavesASilentRedisAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{answer: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		c := cache.NewRedis(server.client(t), "")
		start := time.Now()
		for range 3 {
			_, _, err := c.Get(t.Context(), "k")
			require.Error(t, err)
			require.Error(t, c.Set(t.Context(), "k", nil, time.Hour))
			require.Error(t, c.Delete(t.Context(), "k"))
		}
		require.Equal(t, 250*time.Millisecond, time.Since(start), "only the first caller waits")

		time.Sleep(time.Second)
		server.answer = func(context.Context) error { return redis.Nil }
		for range 2 {
			_, ok, err := c.Get(t.Context(), "k")
			require.NoError(t, err, "then it is asked again, and nothing found is no failure")
			require.False(t, ok)
		}
	})
}

func TestRedisCacheDoesNotBlameRedisForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	server := &scripted{answer: func(ctx context.Context) error { return ctx.Err() }}
	c := cache.NewRedis(server.client(t), "")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := c.Get(gone, "k")
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = c.Get(t.Context(), "k")
	require.NoError(t, err, "Redis is asked at once")
}

// scripted stands for a Redis server whose health the test decides. It answers inside the
// client, so that no socket is opened and the clock of a synctest bubble can move.
type scripted struct {
	answer  func(ctx context.Context) error
	verdict []any
	calls   int
}

func (s *scripted) client(t *testing.T) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: "192.0.2.1:6379", ContextTimeoutEnabled: true, Dialer: refuseToDial})
	client.AddHook(s)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (s *scripted) DialHook(redis.DialHook) redis.DialHook {
	return func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no socket in this test")
	}
}

func (s *scripted) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.calls++
		err := s.answer(ctx)
		if script, ok := cmd.(*redis.Cmd); ok && err == nil {
			script.SetVal(s.verdict)
		}
		cmd.SetErr(err)
		return err
	}
}

func (s *scripted) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func refuseToDial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no socket in this test")
}

func textLogger(log *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(log, nil)) }
