package testkit

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

// Bus returns a running in-process bus that ends with the test.
func Bus(t testing.TB) bus.Bus {
	t.Helper()
	b := bus.NewMemory(bus.Options{})
	Run(t, b.Run)
	return b
}

// RedisURL is where the tests find Redis; MOA_TEST_REDIS_URL chooses another server.
func RedisURL() string {
	if u := os.Getenv("MOA_TEST_REDIS_URL"); u != "" {
		return u
	}
	return "redis://127.0.0.1:6379/0"
}

// Redis returns a client of the real Redis and a prefix for the test's own keys. Without a server it
// skips, and fails on CI.
func Redis(t testing.TB) (redis.UniversalClient, string) {
	t.Helper()
	opts, err := redis.ParseURL(RedisURL())
	require.NoError(t, err)
	opts.ContextTimeoutEnabled = true
	client := redis.NewClient(opts)
	t.Cleanup(func() { _ = client.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		if OnCI() {
			t.Fatalf("Redis must run on CI: %v", err)
		}
		t.Skipf("no Redis at %s: %v", RedisURL(), err)
	}
	return client, "moa-test-" + ulid.Make().String() + ":"
}

// Run runs a part of the system until the test ends, and fails the test when it ends with an error.
func Run(t testing.TB, run func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}
