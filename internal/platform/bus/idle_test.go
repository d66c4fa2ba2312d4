package bus_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

// Subscribers are mostly idle, so what one costs decides how many a process can hold.
// It counts the heap of the whole process, so it does not run in parallel.
func TestIdleSubscribersAreCheap(t *testing.T) {
	const many = 20_000
	b := bus.NewMemory(bus.Options{})
	readers, watchers := make([]*bus.Reader, many), make([]*bus.Watcher, many)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	goroutines := runtime.NumGoroutine()

	empty := heap()
	for i := range readers {
		var err error
		readers[i], err = b.Follow(ctx, "news", "", strconv.Itoa(i))
		require.NoError(t, err)
	}
	withReaders := heap()
	for i := range watchers {
		var err error
		watchers[i], err = b.Watch(ctx, "stock")
		require.NoError(t, err)
	}
	withWatchers := heap()

	reader, watcher := (withReaders-empty)/many, (withWatchers-withReaders)/many
	t.Logf("an idle reader costs %d bytes, an idle watcher %d", reader, watcher)
	require.Less(t, reader, uint64(1536))
	require.Less(t, watcher, uint64(768))
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines, "idle subscribers own no goroutine")
	b.Close()
	requireEnd(t, readers[0])
	requireWatcherEnd(t, watchers[0])
}

// heap returns the bytes that are alive.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
