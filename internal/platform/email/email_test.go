package email_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/email"
)

func TestOneAddressHasOneHash(t *testing.T) {
	t.Parallel()
	require.Equal(t, "moa@moa.example", email.Normalize("  Moa@MOA.example "))
	require.Equal(t, email.Hash("Moa@MOA.example"), email.Hash(" moa@moa.example"))
	require.NotEqual(t, email.Hash("moa@moa.example"), email.Hash("noa@moa.example"))
	require.Len(t, email.Hash(""), 64)
	require.Equal(t, email.Hash("\u00e9@moa.example"), email.Hash("e\u0301@moa.example"), "composed and decomposed letters are the same")
}
