package cache_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/test/testkit"
)

// cacheSuite is what every Cache does. Each case gets a fresh cache.
var cacheSuite = map[string]func(t *testing.T, c cache.Cache){
	"a value comes back":                  testRoundTrip,
	"keys are apart":                      testKeysApart,
	"set replaces":                        testReplace,
	"delete forgets":                      testDelete,
	"a value ends with its ttl":           testExpiry,
	"a ttl must be positive":              testTTL,
	"nobody changes a kept value":         testOwnership,
	"an empty value is not a missing one": testEmptyValue,
}

func TestMemory(t *testing.T) {
	t.Parallel()
	for name, test := range cacheSuite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, cache.NewMemory(1<<20)) })
		})
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	client := dialRedis(t)
	for name, test := range cacheSuite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, cache.NewRedis(client, freshPrefix(t, client)))
		})
	}
}

func testRoundTrip(t *testing.T, c cache.Cache) {
	_, ok, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, c.Set(t.Context(), "k", []byte("v\x00\xff"), time.Hour))
	requireValue(t, c, "k", "v\x00\xff")
}

func testKeysApart(t *testing.T, c cache.Cache) {
	require.NoError(t, c.Set(t.Context(), "a", []byte("1"), time.Hour))
	require.NoError(t, c.Set(t.Context(), "b", []byte("2"), time.Hour))
	requireValue(t, c, "a", "1")
	requireValue(t, c, "b", "2")
}

func testReplace(t *testing.T, c cache.Cache) {
	require.NoError(t, c.Set(t.Context(), "k", []byte("old"), time.Hour))
	require.NoError(t, c.Set(t.Context(), "k", []byte("new"), time.Hour))
	requireValue(t, c, "k", "new")
}

func testDelete(t *testing.T, c cache.Cache) {
	for _, key := range []string{"a", "b", "c"} {
		require.NoError(t, c.Set(t.Context(), key, []byte("v"), time.Hour))
	}
	require.NoError(t, c.Delete(t.Context(), "a", "unknown", "b"))
	require.NoError(t, c.Delete(t.Context()))
	requireMiss(t, c, "a")
	requireMiss(t, c, "b")
	requireValue(t, c, "c", "v")
}

func testExpiry(t *testing.T, c cache.Cache) {
	require.NoError(t, c.Set(t.Context(), "long", []byte("v"), time.Hour))
	require.NoError(t, c.Set(t.Context(), "short", []byte("v"), 20*time.Millisecond))
	eventually(t, func() bool {
		_, ok, err := c.Get(t.Context(), "short")
		require.NoError(t, err)
		return !ok
	})
	requireValue(t, c, "long", "v")
}

func testTTL(t *testing.T, c cache.Cache) {
	require.ErrorIs(t, c.Set(t.Context(), "k", []byte("v"), 0), cache.ErrTTL)
	require.ErrorIs(t, c.Set(t.Context(), "k", []byte("v"), -time.Second), cache.ErrTTL)
	requireMiss(t, c, "k")
	require.NoError(t, c.Set(t.Context(), "k", []byte("v"), time.Nanosecond), "the shortest ttl is one too")
}

func testOwnership(t *testing.T, c cache.Cache) {
	given := []byte("value")
	require.NoError(t, c.Set(t.Context(), "k", given, time.Hour))
	given[0] = 'X'
	got, _, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	got[1] = 'X'
	requireValue(t, c, "k", "value")
}

func testEmptyValue(t *testing.T, c cache.Cache) {
	require.NoError(t, c.Set(t.Context(), "k", nil, time.Hour))
	requireValue(t, c, "k", "")
}

func TestMemoryEndsExactlyAtTheTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := cache.NewMemory(1 << 20)
		require.NoError(t, m.Set(t.Context(), "k", []byte("v"), time.Minute))
		time.Sleep(time.Minute - time.Nanosecond)
		requireValue(t, m, "k", "v")
		time.Sleep(time.Nanosecond)
		requireMiss(t, m, "k")
	})
}

func TestMemoryStaysInsideItsBytes(t *testing.T) {
	t.Parallel()
	const entries, size = 10, 1000
	m := cache.NewMemory(entries * size)
	value := make([]byte, size-200)
	for i := range entries {
		require.NoError(t, m.Set(t.Context(), strconv.Itoa(i), value, time.Hour))
	}
	_, ok, err := m.Get(t.Context(), "0")
	require.NoError(t, err)
	require.True(t, ok, "ten entries fit")

	require.NoError(t, m.Set(t.Context(), "more", value, time.Hour))
	requireMiss(t, m, "1")
	_, ok, err = m.Get(t.Context(), "0")
	require.NoError(t, err)
	require.True(t, ok, "the entry used last stays")
}

func TestMemoryForgetsTheOldValueOfOneTooLarge(t *testing.T) {
	t.Parallel()
	m := cache.NewMemory(1000)
	require.NoError(t, m.Set(t.Context(), "k", []byte("old"), time.Hour))
	require.NoError(t, m.Set(t.Context(), "other", []byte("v"), time.Hour))
	require.NoError(t, m.Set(t.Context(), "k", make([]byte, 2000), time.Hour))
	requireMiss(t, m, "k")
	requireValue(t, m, "other", "v")
}

func TestMemoryGivesBytesBack(t *testing.T) {
	t.Parallel()
	m := cache.NewMemory(2000)
	for range 100 {
		require.NoError(t, m.Set(t.Context(), "replaced", make([]byte, 800), time.Hour))
		require.NoError(t, m.Set(t.Context(), "deleted", make([]byte, 100), time.Hour))
		require.NoError(t, m.Delete(t.Context(), "deleted"))
	}
	require.NoError(t, m.Set(t.Context(), "second", make([]byte, 700), time.Hour))
	_, ok, err := m.Get(t.Context(), "replaced")
	require.NoError(t, err)
	require.True(t, ok, "both fit, whatever was there before")
}

func TestRedisEndsByItself(t *testing.T) {
	t.Parallel()
	client := dialRedis(t)
	prefix := freshPrefix(t, client)
	require.NoError(t, cache.NewRedis(client, prefix).Set(t.Context(), "k", []byte("v"), time.Minute))
	ttl, err := client.PTTL(t.Context(), prefix+"k").Result()
	require.NoError(t, err)
	require.Greater(t, ttl, time.Duration(0))
	require.LessOrEqual(t, ttl, time.Minute)
}

func TestRedisAwayIsAnError(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	c := cache.NewRedis(client, "")
	_, ok, err := c.Get(t.Context(), "k")
	require.Error(t, err)
	require.False(t, ok)
	require.Error(t, c.Set(t.Context(), "k", nil, time.Hour))
	require.Error(t, c.Delete(t.Context(), "k"))
}

func requireValue(t *testing.T, c cache.Cache, key, want string) {
	t.Helper()
	got, ok, err := c.Get(t.Context(), key)
	require.NoError(t, err)
	require.True(t, ok, "%s is missing", key)
	require.Equal(t, want, string(got))
}

func requireMiss(t *testing.T, c cache.Cache, key string) {
	t.Helper()
	got, ok, err := c.Get(t.Context(), key)
	require.NoError(t, err)
	require.False(t, ok, "%s holds %q", key, got)
	require.Nil(t, got)
}

// eventually polls until done says so, and fails after ten seconds.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			require.FailNow(t, "it did not happen in time")
		case <-tick.C:
		}
	}
}

// dialRedis returns a client of the local Redis. Without one the test is skipped, except
// on CI, where Redis has to be there.
func dialRedis(t *testing.T) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(testkit.RedisURL())
	require.NoError(t, err)
	opts.ContextTimeoutEnabled = true
	client := redis.NewClient(opts)
	t.Cleanup(func() { _ = client.Close() })
	err = client.Ping(t.Context()).Err()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no Redis at %s: %v", opts.Addr, err)
	}
	require.NoError(t, err)
	return client
}

// freshPrefix keeps a test's keys apart from everything else on the server, and removes
// them when the test ends.
func freshPrefix(t *testing.T, client *redis.Client) string {
	t.Helper()
	prefix := "moa:test:cache:" + ulid.Make().String() + ":"
	t.Cleanup(func() {
		ctx := context.Background() // the test's own has ended
		keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
		for keys.Next(ctx) {
			client.Del(ctx, keys.Val())
		}
		require.NoError(t, keys.Err())
	})
	return prefix
}
