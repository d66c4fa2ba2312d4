package bus

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	for _, p := range []position{{"a", 0}, {newEpoch(), 1}, {"0123456789abcdefghijklmnopqrstuv", maxOffset}} {
		got, err := parseCursor(p.cursor())
		require.NoError(t, err)
		require.Equal(t, p, got)
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		"", ".", "a.1", position{"epoch", 7}.cursor(), position{"e", maxOffset}.cursor(),
		position{"e", maxOffset + 1}.cursor(), position{"", 1}.cursor(), position{"E", 1}.cursor(),
		"YS4wMQ", "YS4x=", "YS4y\n", "YS4rMQ", "____", "YS4xLjI",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(text)
		if err != nil {
			require.ErrorIs(t, err, ErrBadCursor)
			require.ErrorIs(t, err, fault.InvalidArgument)
			return
		}
		require.Equal(t, text, p.cursor(), "a place has one text")
		require.NotEmpty(t, p.epoch)
		require.LessOrEqual(t, p.offset, uint64(maxOffset))
	})
}
