package llm

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// readAll returns the events of a stream until its end or its fault.
func readAll(e *events) (list []string) {
	for {
		next, err := e.next()
		if err != nil {
			return list
		}
		list = append(list, next.name+"\x00"+string(next.data))
	}
}

// FuzzEvents holds the reader of streams to reading the same however the bytes arrive, and to what it
// was told: events of clean data are read as they were written.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("data: {\"a\":1}\n\nevent: result\r\ndata: x\r\ndata:y\r\n\r\n: comment\n\ndata: [DONE]\n\n"))
	f.Add([]byte("data\n\ndata: \n\nid: 1\n\nevent: a\n\ndata: late"))
	f.Add([]byte("data: " + strings.Repeat("가", 3000) + "\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := readAll(newEvents(bytes.NewReader(stream)))
		require.Equal(t, whole, readAll(newEvents(iotest.OneByteReader(bytes.NewReader(stream)))))

		clean := strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return ' '
			}
			return r
		}, string(stream))
		written := "event: e\r\ndata: " + clean + "\r\n\r\n"
		require.Equal(t, []string{"e\x00" + clean}, readAll(newEvents(strings.NewReader(written))))
	})
}

// FuzzLetters holds texts to surviving any cut, and JSON to be read as the standard library reads it.
func FuzzLetters(f *testing.F) {
	f.Add("안녕 🙂", 4)
	f.Add("가\xff\xec\x9a", 1)
	f.Add("\\\"\u2028\x00", 2)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		cut = min(max(cut, 0), len(text))
		l := &letters{}
		first, second := l.join([]byte(text[:cut])), l.join([]byte(text[cut:]))
		require.True(t, utf8.ValidString(first) && utf8.ValidString(second))
		require.Less(t, len(l.tail), utf8.UTFMax)
		if utf8.ValidString(text) {
			require.Equal(t, text, first+second)
			require.Empty(t, l.tail)
		}

		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		var wanted string
		require.NoError(t, json.Unmarshal(quoted, &wanted))
		bytes, ok := unquote(quoted)
		require.True(t, ok)
		require.Equal(t, wanted, string(bytes))
		if raw := []byte(`"` + text + `"`); json.Valid(raw) {
			bytes, ok := unquote(raw)
			require.True(t, ok)
			require.NoError(t, json.Unmarshal(raw, &wanted))
			require.Equal(t, wanted, mended(string(bytes)))
		}
	})
}

// mended returns text with U+FFFD in place of each byte that is no letter, as the standard library does.
func mended(text string) string { return string([]rune(text)) }
