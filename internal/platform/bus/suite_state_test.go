package bus_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

func testState(t *testing.T, b bus.Bus) {
	w := watch(t, b, "stock")
	for _, step := range []struct {
		version int64
		taken   bool
	}{{-2, true}, {-3, false}, {1, true}, {1, false}, {1 << 60, true}, {1<<60 - 1, false}, {1<<60 + 1, true}} {
		value := []byte(fmt.Sprintf("v%d", step.version))
		require.NoError(t, b.Set(t.Context(), "stock", step.version, value))
		if step.taken {
			u := takeUpdate(t, w)
			require.Equal(t, bus.Update{Version: step.version, Value: value}, u)
		}
	}
	requireEmpty(t, w)
}

func testLateWatcher(t *testing.T, b bus.Bus) {
	require.NoError(t, b.Set(t.Context(), "stock", 7, []byte("seven")))
	first := watch(t, b, "stock")
	require.Equal(t, bus.Update{Version: 7, Value: []byte("seven")}, takeUpdate(t, first))
	second := watch(t, b, "stock")
	require.Equal(t, bus.Update{Version: 7, Value: []byte("seven")}, takeUpdate(t, second))
	first.Close()
	require.NoError(t, b.Set(t.Context(), "stock", 8, []byte("eight")))
	require.Equal(t, int64(8), takeUpdate(t, second).Version)
	requireWatcherEnd(t, first)
}

func testSlowWatcher(t *testing.T, b bus.Bus) {
	slow, quick := watch(t, b, "stock"), watch(t, b, "stock")
	for version := range int64(50) {
		require.NoError(t, b.Set(t.Context(), "stock", version, nil))
	}
	for takeUpdate(t, quick).Version != 49 {
	}
	require.Equal(t, int64(49), takeUpdate(t, slow).Version)
}

func testTopics(t *testing.T, b bus.Bus) {
	one, two := follow(t, b, "one", ""), follow(t, b, "two", "")
	w := watch(t, b, "one")
	appendNumbers(t, b, "one", 0, 1)
	appendNumbers(t, b, "two", 5, 6)
	requireNumbers(t, one, 0, 1)
	requireNumbers(t, two, 5, 6)
	require.NoError(t, b.Set(t.Context(), "two", 1, nil))
	requireEmpty(t, w)
}

func testCheck(t *testing.T, b bus.Bus) {
	require.NoError(t, b.Check(t.Context()))
}
