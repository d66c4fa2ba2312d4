package counsel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// FuzzReplyCursor: what is no cursor of ours is refused, and what is one has one spelling.
func FuzzReplyCursor(f *testing.F) {
	for _, seed := range []string{"", "e30", "eyJ0IjoxfQ", "eyJ0IjoxLCJoIjpbeyJuIjoyLCJ1IjoxMH1dfQ", "eyJ0IjotMX0", "!!"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again, err := counsel.ReadCursorForTest(text)
		if err != nil {
			require.ErrorIs(t, err, fault.InvalidArgument)
			return
		}
		require.Equal(t, text, again)
	})
}
