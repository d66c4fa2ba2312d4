package vault_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// BenchmarkVault seals and opens short texts, such as credentials and lines of a talk.
func BenchmarkVault(b *testing.B) {
	v := open(testkit.SQLite(b), local(b, "a"))
	plain := []byte(strings.Repeat("x", 200))
	sealed, err := v.Seal(b.Context(), plain, "counsel_message", "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV")
	require.NoError(b, err)
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Seal(b.Context(), plain, "counsel_message", "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Open(b.Context(), sealed, "counsel_message", "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
