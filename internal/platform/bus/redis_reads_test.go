package bus_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

// spoken is what a client has said to Redis.
type spoken struct {
	mu    sync.Mutex
	calls []string
}

func (s *spoken) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (s *spoken) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.mu.Lock()
		s.calls = append(s.calls, cmd.String())
		s.mu.Unlock()
		return next(ctx, cmd)
	}
}

func (s *spoken) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// about returns how many calls named something.
func (s *spoken) about(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if strings.Contains(call, name) {
			n++
		}
	}
	return n
}

// TestRedisWhoFollowsNothingReadsNothing holds that what is said on a log costs a replica nothing where nobody
// follows that log, and that whoever comes back there later still gets all of it.
func TestRedisWhoFollowsNothingReadsNothing(t *testing.T) {
	t.Parallel()
	opts := bus.Options{Prefix: newPrefix(t)}
	near := startRedis(t, opts)
	var far spoken
	client := newClient(t, redisAddress(t))
	client.AddHook(&far)
	other := bus.NewRedis(client, opts)
	run(t, other)

	here, elsewhere := follow(t, near, "news", ""), follow(t, other, "elsewhere", "")
	appendNumbers(t, near, "news", 0, 100)
	first := take(t, here)
	requireNumbers(t, here, 1, 100)
	appendNumbers(t, near, "elsewhere", 0, 1)
	requireNumbers(t, elsewhere, 0, 1)
	require.Positive(t, far.about("log:{elsewhere}"))
	require.Zero(t, far.about("log:{news}"), "it is not read")
	listening, err := client.PubSubNumSub(t.Context(), opts.Prefix+"log:{news}").Result()
	require.NoError(t, err)
	require.Equal(t, map[string]int64{opts.Prefix + "log:{news}": 1}, listening, "nor listened to")

	requireNumbers(t, follow(t, other, "news", first.Cursor), 1, 100)
}
