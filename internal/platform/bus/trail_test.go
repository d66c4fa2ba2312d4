package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

// testUntracked follows a log in a context that leaves a trail and that is to go on at another place: both are for
// fields whose cursors are of the bus.
func testUntracked(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 3)
	tracked, trail := bus.Track(bus.Resume(t.Context(), start))
	apart, err := b.Follow(bus.Untracked(tracked), "news", "")
	require.NoError(t, err)
	t.Cleanup(apart.Close)
	_, one := trail.Start()
	require.False(t, one, "what is untracked leaves no trail")
	resumed, err := b.Follow(bus.Untracked(tracked), "news", start)
	require.NoError(t, err)
	t.Cleanup(resumed.Close)
	requireNumbers(t, resumed, 0, 3)

	appendNumbers(t, b, "news", 3, 5)
	requireNumbers(t, apart, 3, 5)
	bus.Pass(bus.Untracked(tracked), bus.Place{Cursor: start})
	_, passed := trail.Next()
	require.False(t, passed)

	followed, err := b.Follow(tracked, "news", "")
	require.NoError(t, err)
	t.Cleanup(followed.Close)
	began, one := trail.Start()
	require.True(t, one, "the field itself is tracked still")
	require.Equal(t, start, began)
	requireNumbers(t, followed, 0, 5)
}
