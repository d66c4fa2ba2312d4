package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// FuzzOpen opens what nobody has sealed.
func FuzzOpen(f *testing.F) {
	v := open(testkit.SQLite(f), local(f, "a"))
	sealed := seal(f, v, "secret", "message", "1")
	f.Add(sealed, "message", "1")
	f.Add(sealed, "message", "2")
	f.Add(sealed[:44], "message", "1")
	f.Add([]byte{1}, "", "")
	f.Fuzz(func(t *testing.T, text []byte, kind, id string) {
		opened, err := v.OpenText(t.Context(), text, kind, id)
		if err != nil {
			require.Empty(t, opened)
			return
		}
		require.Equal(t, sealed, text)
		require.Equal(t, "secret message 1", opened+" "+kind+" "+id)
	})
}
