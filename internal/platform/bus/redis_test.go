package bus_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// redisAddress is where the tests find Redis: see [testkit.RedisURL].
func redisAddress(t testing.TB) string {
	t.Helper()
	opts, err := redis.ParseURL(testkit.RedisURL())
	require.NoError(t, err)
	return opts.Addr
}

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
	t.Cleanup(func() { flush(t, prefix) })
	return prefix
}

// keysOf returns every key under prefix.
func keysOf(t testing.TB, client *redis.Client, prefix string) []string {
	t.Helper()
	ctx := context.Background()
	var names []string
	keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		names = append(names, keys.Val())
	}
	require.NoError(t, keys.Err())
	return names
}

// flush makes Redis forget everything under prefix, as a flush or a lost disk would.
func flush(t testing.TB, prefix string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: redisAddress(t)})
	defer client.Close()
	for _, key := range keysOf(t, client, prefix) {
		require.NoError(t, client.Del(context.Background(), key).Err())
	}
}

func startRedis(t testing.TB, opts bus.Options) *bus.Redis {
	t.Helper()
	b := bus.NewRedis(newClient(t, redisAddress(t)), opts)
	run(t, b)
	return b
}

func TestRedis(t *testing.T) {
	t.Parallel()
	testSuite(t, func(t *testing.T, opts bus.Options) bus.Bus {
		opts.Prefix = newPrefix(t)
		return startRedis(t, opts)
	})
}

// replicas are two buses on one Redis; the network of far can be taken away.
type replicas struct {
	prefix    string
	near, far *bus.Redis
	net       *proxy
}

func newReplicas(t *testing.T, opts bus.Options) replicas {
	t.Helper()
	opts.Prefix = newPrefix(t)
	opts.Logger = slog.New(slog.DiscardHandler) // losing the connection is what is tested
	net := newProxy(t)
	far := bus.NewRedis(newClient(t, net.address()), opts)
	run(t, far)
	return replicas{prefix: opts.Prefix, near: startRedis(t, opts), far: far, net: net}
}

func TestRedisReplicasShareNews(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	reader := follow(t, r.far, "news", "")
	watcher := watch(t, r.far, "stock")
	appendNumbers(t, r.near, "news", 0, 10)
	for n := range 5 {
		requireEntry(t, take(t, reader), n)
	}
	last := take(t, reader)
	requireNumbers(t, follow(t, r.near, "news", last.Cursor), 6, 10)

	require.NoError(t, r.near.Set(t.Context(), "stock", 3, []byte("three")))
	require.Equal(t, bus.Update{Version: 3, Value: []byte("three")}, takeUpdate(t, watcher))
}

func TestRedisReconnectLeavesNoGap(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	reader, keyed := follow(t, r.far, "news", ""), follow(t, r.far, "news", "", "k0")
	watcher := watch(t, r.far, "stock")
	appendNumbers(t, r.near, "news", 0, 5)
	requireNumbers(t, reader, 0, 5)

	r.net.cut()
	appendNumbers(t, r.near, "news", 5, 8)
	require.NoError(t, r.near.Set(t.Context(), "stock", 1, []byte("one")))
	require.Error(t, r.far.Append(t.Context(), "news", bus.Message{ID: "late", Key: "k2", Payload: []byte("8")}))
	require.Error(t, r.far.Check(t.Context()))
	r.net.restore()

	requireNumbers(t, reader, 5, 8)
	require.Equal(t, "one", string(takeUpdate(t, watcher).Value))
	require.NoError(t, r.far.Append(t.Context(), "news", bus.Message{ID: "late", Key: "k2", Payload: []byte("8")}))
	requireNumbers(t, reader, 8, 9)
	require.Equal(t, []int{0, 3, 6}, takeNumbers(t, keyed, 3))
}

func TestRedisValueSetWhileAwayArrivesLater(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	here, there := watch(t, r.far, "stock"), watch(t, r.near, "stock")
	require.NoError(t, r.far.Set(t.Context(), "stock", 1, []byte("one")))
	require.Equal(t, int64(1), takeUpdate(t, here).Version)
	require.Equal(t, int64(1), takeUpdate(t, there).Version)

	r.net.cut()
	require.Error(t, r.far.Set(t.Context(), "stock", 2, []byte("two")))
	require.Equal(t, bus.Update{Version: 2, Value: []byte("two")}, takeUpdate(t, here), "watchers of this process do not wait")
	requireEmpty(t, there)
	r.net.restore()
	require.Equal(t, bus.Update{Version: 2, Value: []byte("two")}, takeUpdate(t, there))
}

func TestRedisFlushResets(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	reader, keyed := follow(t, r.far, "news", ""), follow(t, r.far, "news", "", "k1")
	appendNumbers(t, r.near, "news", 0, 3)
	requireNumbers(t, reader, 0, 2)
	old := take(t, reader).Cursor
	requireNumbers(t, keyed, 1, 2)

	flush(t, r.prefix)
	appendNumbers(t, r.near, "news", 3, 4)
	reset := requireReset(t, reader)
	requireReset(t, keyed)
	appendNumbers(t, r.near, "news", 4, 6)
	requireNumbers(t, reader, 4, 6)
	requireNumbers(t, keyed, 4, 5)
	requireReset(t, follow(t, r.near, "news", old))
	requireNumbers(t, follow(t, r.near, "news", reset.Cursor), 4, 6)
}

func TestRedisLossWhileAwayResets(t *testing.T) {
	t.Parallel()
	lose := map[string]func(t *testing.T, r replicas){
		"history trimmed": func(t *testing.T, r replicas) { appendNumbers(t, r.near, "news", 1, 31) },
		"flushed":         func(t *testing.T, r replicas) { flush(t, r.prefix) },
		"older copy": func(t *testing.T, r replicas) {
			client := newClient(t, redisAddress(t))
			key := r.prefix + "log:{news}:meta"
			require.NoError(t, client.HIncrBy(t.Context(), key, "last", -1).Err())
			require.NoError(t, client.Del(t.Context(), r.prefix+"log:{news}").Err())
		},
	}
	for name, lose := range lose {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplicas(t, bus.Options{History: 10})
			reader := follow(t, r.far, "news", "")
			appendNumbers(t, r.near, "news", 0, 1)
			requireNumbers(t, reader, 0, 1)
			r.net.cut()
			lose(t, r)
			r.net.restore()
			requireReset(t, reader)
			appendNumbers(t, r.near, "news", 31, 33)
			requireNumbers(t, reader, 31, 33)
		})
	}
}

func TestRedisLostStateResyncs(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	watcher := watch(t, r.far, "stock")
	require.NoError(t, r.near.Set(t.Context(), "stock", 5, []byte("five")))
	require.Equal(t, int64(5), takeUpdate(t, watcher).Version)
	r.net.cut()
	flush(t, r.prefix)
	r.net.restore()
	require.Equal(t, bus.Update{Version: 5, Value: []byte("five"), Resync: true}, takeUpdate(t, watcher))

	r.net.cut()
	require.NoError(t, r.near.Set(t.Context(), "stock", 4, []byte("four")))
	r.net.restore()
	require.Equal(t, bus.Update{Version: 5, Value: []byte("five"), Resync: true}, takeUpdate(t, watcher))
}

// A client may come back to a replica that has not yet heard of the entry it saw elsewhere.
func TestRedisCursorAheadOfTheReplica(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	idle := follow(t, r.far, "news", "")
	elsewhere := follow(t, r.near, "news", "")
	r.net.cut()
	appendNumbers(t, r.near, "news", 0, 3)
	requireNumbers(t, elsewhere, 0, 1)
	cursor := take(t, elsewhere).Cursor
	returned := follow(t, r.far, "news", cursor)
	r.net.restore()
	requireNumbers(t, returned, 2, 3)
	appendNumbers(t, r.near, "news", 3, 5)
	requireNumbers(t, returned, 3, 5)
	requireNumbers(t, idle, 0, 5)
}

func TestRedisCallsAreBounded(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, bus.Options{})
	r.net.stall()
	defer r.net.resume()
	const bound = 4 * time.Second
	calls := map[string]func(ctx context.Context) error{
		"append": func(ctx context.Context) error { return r.far.Append(ctx, "news", bus.Message{}) },
		"set":    func(ctx context.Context) error { return r.far.Set(ctx, "stock", 1, nil) },
		"check":  func(ctx context.Context) error { return r.far.Check(ctx) },
		"follow": func(ctx context.Context) error {
			_, err := r.far.Follow(ctx, "news", "")
			require.ErrorIs(t, err, bus.ErrNotConnected)
			require.ErrorIs(t, err, fault.Unavailable)
			return err
		},
	}
	ended := make(chan error, len(calls))
	for _, call := range calls {
		go func() { ended <- call(context.Background()) }()
	}
	deadline := time.After(bound)
	for range calls {
		select {
		case err := <-ended:
			require.Error(t, err)
		case <-deadline:
			require.Fail(t, "a call took too long")
		}
	}
}

func TestRedisForgetsUnusedTopics(t *testing.T) {
	t.Parallel()
	opts := bus.Options{Prefix: newPrefix(t)}
	b := startRedis(t, opts)
	client := newClient(t, redisAddress(t))
	subscribed := func(want int) func() bool {
		return func() bool {
			channels, err := client.PubSubChannels(t.Context(), opts.Prefix+"*").Result()
			return err == nil && len(channels) == want
		}
	}
	first, watcher := follow(t, b, "news", ""), watch(t, b, "stock")
	require.Eventually(t, subscribed(2), patience, time.Millisecond)
	first.Close()
	watcher.Close()
	b.Sweep()
	require.True(t, subscribed(2)(), "a topic lingers for a while")

	// A topic may be forgotten and wanted again before its channel is given up.
	b.Sweep()
	again := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 0, 2)
	requireNumbers(t, again, 0, 2)
	require.Eventually(t, subscribed(1), patience, time.Millisecond)
}

func TestRedisKeysExpire(t *testing.T) {
	t.Parallel()
	opts := bus.Options{Prefix: newPrefix(t), HistoryAge: time.Hour}
	b := startRedis(t, opts)
	require.NoError(t, b.Append(t.Context(), "news", bus.Message{ID: "a"}))
	require.NoError(t, b.Set(t.Context(), "stock", 1, nil))
	client := newClient(t, redisAddress(t))
	keys := keysOf(t, client, opts.Prefix)
	require.Len(t, keys, 4)
	for _, key := range keys {
		ttl, err := client.PTTL(t.Context(), key).Result()
		require.NoError(t, err)
		require.Positive(t, ttl, key)
		require.LessOrEqual(t, ttl, 2*time.Hour, key)
	}
}
