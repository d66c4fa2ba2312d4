package vault_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// FuzzOpen opens what nobody has sealed, and what was sealed after one byte of it was changed. The processes of
// a fuzzer each have a vault of their own, so the inputs say what to change and not what was sealed.
func FuzzOpen(f *testing.F) {
	v := open(testkit.SQLite(f), local(f, "a"))
	sealed := seal(f, v, "secret", "message", "1")
	f.Add([]byte{1}, uint(0), byte(0), "message", "1")
	f.Add(make([]byte, 45), uint(20), byte(1), "message", "1")
	f.Add([]byte{}, uint(44), byte(0), "message", "2")
	f.Add([]byte("secret"), uint(2), byte(255), "", "")
	f.Fuzz(func(t *testing.T, text []byte, at uint, flip byte, kind, id string) {
		opened, err := v.OpenText(t.Context(), text, kind, id)
		require.Error(t, err)
		require.Empty(t, opened)

		changed := bytes.Clone(sealed)
		changed[at%uint(len(sealed))] ^= flip
		opened, err = v.OpenText(t.Context(), changed, kind, id)
		if flip == 0 && kind == "message" && id == "1" {
			require.NoError(t, err)
			require.Equal(t, "secret", opened)
			return
		}
		require.Error(t, err)
		require.Empty(t, opened)
	})
}
