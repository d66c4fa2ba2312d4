package bus_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	testSuite(t, func(t *testing.T, opts bus.Options) bus.Bus {
		b := bus.NewMemory(opts)
		run(t, b)
		return b
	})
}

func TestMemoryForgetsWhatIsTooOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bus.NewMemory(bus.Options{HistoryAge: time.Hour})
		run(t, b)
		start := startCursor(t, b, "news")
		require.NoError(t, b.Set(t.Context(), "stock", 9, []byte("nine")))
		time.Sleep(59 * time.Minute) // the clock of the bubble, no real time passes
		appendNumbers(t, b, "news", 0, 1)
		requireNumbers(t, follow(t, b, "news", start), 0, 1)
		require.Equal(t, int64(9), takeUpdate(t, watch(t, b, "stock")).Version)

		time.Sleep(2 * time.Hour)
		requireReset(t, follow(t, b, "news", start))
		w := watch(t, b, "stock")
		requireEmpty(t, w)
		require.NoError(t, b.Set(t.Context(), "stock", 1, []byte("one")))
		require.Equal(t, int64(1), takeUpdate(t, w).Version, "an expired value has no rank")
	})
}
