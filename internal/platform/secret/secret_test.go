package secret_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/secret"
)

func TestCodesAreReadableAndNeverMeet(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		code := secret.Code()
		require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{26}$`, code)
		require.False(t, seen[code], "the code came twice")
		seen[code] = true
	}
}
