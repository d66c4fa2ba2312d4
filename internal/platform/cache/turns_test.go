package cache_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/test/testkit"
)

// turnsOf returns a way to start processes that agree on turns of a length.
func turnsOf(t *testing.T, lease time.Duration) (start func() *cache.Turns, client redis.UniversalClient) {
	t.Helper()
	client, prefix := testkit.Redis(t)
	return func() *cache.Turns {
		turns := cache.NewTurns(client, prefix, lease)
		testkit.Run(t, turns.Run)
		hears(t, turns)
		return turns
	}, client
}

// hears waits until a process hears of ended turns: before, nobody is kept waiting.
func hears(t *testing.T, turns *cache.Turns) {
	t.Helper()
	require.Eventually(t, func() bool {
		end := turns.Take(t.Context(), t.Name())
		if end == nil {
			return true // somebody else has it
		}
		defer end()
		soon, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer leave()
		return turns.Take(soon, t.Name()) == nil
	}, 20*time.Second, time.Millisecond)
}

func TestOneHasTheTurnAndTheOthersHearOfItsEnd(t *testing.T) {
	t.Parallel()
	start, _ := turnsOf(t, time.Hour)
	processes := []*cache.Turns{start(), start(), start()}
	var at, most, done atomic.Int64
	var crowd sync.WaitGroup
	for i := range 30 {
		crowd.Go(func() {
			for {
				end := processes[i%len(processes)].Take(t.Context(), "work")
				if end == nil {
					continue
				}
				most.Store(max(most.Load(), at.Add(1)))
				done.Add(1)
				at.Add(-1)
				end()
				return
			}
		})
	}
	crowd.Wait()
	require.Equal(t, int64(1), most.Load())
	require.Equal(t, int64(30), done.Load())
}

func TestTurnsOfOtherNamesAreApart(t *testing.T) {
	t.Parallel()
	start, _ := turnsOf(t, time.Hour)
	here, there := start(), start()
	defer here.Take(t.Context(), "a")()
	defer there.Take(t.Context(), "b")()
}

func TestATurnEndsWithItsLease(t *testing.T) {
	t.Parallel()
	start, _ := turnsOf(t, time.Second)
	dead, alive := start(), start()
	late := dead.Take(t.Context(), "work")
	require.NotNil(t, late)
	require.Nil(t, alive.Take(t.Context(), "work"))
	var end func()
	require.Eventually(t, func() bool {
		end = alive.Take(t.Context(), "work")
		return end != nil
	}, 10*time.Second, time.Millisecond)
	defer end()
	late() // it is another's by now
	require.Nil(t, dead.Take(t.Context(), "work"))
}

func TestWhoLeavesWaitsNoMoreAndGivesBackNevertheless(t *testing.T) {
	t.Parallel()
	start, _ := turnsOf(t, time.Hour)
	here, there := start(), start()
	ctx, leave := context.WithCancel(t.Context())
	end := here.Take(ctx, "work")
	require.NotNil(t, end)
	soon, tired := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer tired()
	require.Nil(t, there.Take(soon, "work"))
	leave()
	end()
	require.NotNil(t, there.Take(t.Context(), "work"))
}

func TestWithoutRedisItIsEverybodysTurn(t *testing.T) {
	t.Parallel()
	start, client := turnsOf(t, time.Hour)
	here, there := start(), start()
	quiet := cache.NewTurns(client, "unheard:", time.Hour)
	for range 2 {
		require.NotNil(t, quiet.Take(t.Context(), "work"), "who would not hear of the end does not wait for it")
	}
	require.NotNil(t, here.Take(t.Context(), "work"))
	require.NoError(t, client.Close())
	require.NotNil(t, there.Take(t.Context(), "work"))
}
