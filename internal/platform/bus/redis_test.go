package bus_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

const redisAddress = "127.0.0.1:6379"

// newClient returns a client of the Redis at address. Without that Redis the test is skipped,
// except in CI.
func newClient(t testing.TB, address string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	if err := client.Ping(t.Context()).Err(); err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(t, err)
		}
		t.Skipf("no Redis at %s: %v", address, err)
	}
	return client
}

// newPrefix returns a prefix of the test's own, whose keys are deleted when the test ends.
func newPrefix(t testing.TB) string {
	t.Helper()
	prefix := "moa-bus-test-" + rand.Text() + ":"
	client := newClient(t, redisAddress)
	t.Cleanup(func() {
		ctx := context.Background()
		keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
		for keys.Next(ctx) {
			require.NoError(t, client.Del(ctx, keys.Val()).Err())
		}
		require.NoError(t, keys.Err())
	})
	return prefix
}

func TestRedis(t *testing.T) {
	t.Parallel()
	testSuite(t, func(t *testing.T, opts bus.Options) bus.Bus {
		opts.Prefix = newPrefix(t)
		b := bus.NewRedis(newClient(t, redisAddress), opts)
		run(t, b)
		return b
	})
}
