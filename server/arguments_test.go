package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWrongArgumentsAreExplained: whoever writes a value that a scalar, a page or a search does not take reads
// how it is written, in the language that was asked for.
func TestWrongArgumentsAreExplained(t *testing.T) {
	t.Parallel()
	m := start(t)
	english, korean := m.as(t, "owner"), m.as(t, "owner")
	korean.language = "ko"
	for _, wrong := range []struct {
		query         string
		value         any
		inEnglish, ko string
	}{
		{`query($v: Date!) { weekLabel(date: $v) }`, "11/1", "YYYY-MM-DD, such as 2026-01-31", "2026-01-31처럼"},
		{`query { weekLabel(date: "2026-13-01") }`, nil, "YYYY-MM-DD, such as 2026-01-31", "2026-01-31처럼"},
		{`mutation($v: DateTime!) { updateCoupon(input: {id: "x", endsAt: $v}) { coupon { id } } }`, "tomorrow", "RFC 3339, such as", "RFC 3339 형식"},
		{`query($v: Int!) { stores(first: $v) { edges { cursor } } }`, 1 << 40, "An Int is a whole number", "까지의 정수"},
		{`query($v: Cursor!) { stores(after: $v) { edges { cursor } } }`, "11/1", "This is no cursor", "커서가 아닙니다"},
		{`query { stores(first: 1, last: 1) { edges { cursor } } }`, nil, "first or last, not both", "하나만"},
		{`query { stores(filter: {search: "커"}) { edges { cursor } } }`, nil, "two letters or more", "두 글자 이상"},
	} {
		for asker, words := range map[client]string{english: wrong.inEnglish, korean: wrong.ko} {
			a := asker.do(t, wrong.query, map[string]any{"v": wrong.value})
			require.Len(t, a.Errors, 1, wrong.query)
			require.Equal(t, "INVALID_ARGUMENT", a.Errors[0].Extensions["code"], wrong.query)
			require.Contains(t, a.Errors[0].Message, words, wrong.query)
		}
	}
}
