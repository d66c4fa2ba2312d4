package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// FuzzParseMessage holds the parser of socket messages against encoding/json: what it accepts
// is JSON, means the same there, and means the same again when it is written and read once more.
// What it says of the rest is fit for a client: short, and free of what was sent.
func FuzzParseMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := decodeJSON(data)
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(data))
			d.UseNumber()
			var want any
			if err := d.Decode(&want); err != nil || !json.Valid(data) {
				t.Fatalf("accepted what is not JSON: %q", data)
			}
			if !reflect.DeepEqual(want, value) {
				t.Fatalf("read %q as %v, want %v", data, value, want)
			}
			text, err := json.Marshal(value)
			require.NoError(t, err)
			again, err := decodeJSON(text)
			require.NoError(t, err)
			require.Equal(t, value, again)
		}
		if errors.Is(err, errJSONSyntax) {
			require.False(t, json.Valid(data), "refused what is JSON: %q", data)
		}
		m, err := parseMessage(data)
		if err != nil {
			require.LessOrEqual(t, len(err.Error()), 80)
			require.False(t, len(data) > 40 && strings.Contains(err.Error(), string(data)), "%q is echoed", data)
			return
		}
		if m.kind == typeSubscribe && (m.id == "" || m.params == nil) {
			t.Fatalf("incomplete subscribe from %q", data)
		}
		if len(m.id) > maxIDLength && m.kind == typeComplete {
			t.Fatalf("long id from %q", data)
		}
	})
}

// JSON is taken with all that it may be written with, and nothing else is.
func TestJSONIsReadToTheLetter(t *testing.T) {
	t.Parallel()
	value, err := decodeJSON([]byte(" {\"a\":[ 1 ,-0.5e+3, true,false , null,\"\\u00e9\\n\\\\\"],\r\n\t\"\":{ } , \"b\":[]}\n"))
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"a": []any{json.Number("1"), json.Number("-0.5e+3"), true, false, nil, "é\n\\"}, "": map[string]any{}, "b": []any{},
	}, value)
	for text, refused := range map[string]error{
		``: errJSONSyntax, ` `: errJSONSyntax, `{`: errJSONSyntax, `[1,]`: errJSONSyntax, `{"a":1,}`: errJSONSyntax, `{"a" 1}`: errJSONSyntax,
		`{a:1}`: errJSONSyntax, `[1 2]`: errJSONSyntax, `1 2`: errJSONSyntax, `01`: errJSONSyntax, `+1`: errJSONSyntax, `1.`: errJSONSyntax,
		`-`: errJSONSyntax, `1-1`: errJSONSyntax, `tru`: errJSONSyntax, `nul`: errJSONSyntax, `"a`: errJSONSyntax, `"\`: errJSONSyntax,
		`"\x"`: errJSONSyntax, "\"\t\"": errJSONSyntax, "\x00": errJSONSyntax, "\ufeff{}": errJSONSyntax, `["a"}`: errJSONSyntax,
		`"\u0000"`: errJSONNul, `{"\u0000":1}`: errJSONNul, `{"a":1,"\u0061":2}`: errJSONDuplicate, "\"\xff\"": errJSONUTF8,
		strings.Repeat("[", maxDepth+1): errJSONDepth,
	} {
		_, err := decodeJSON([]byte(text))
		require.ErrorIs(t, err, refused, "%q", text)
	}
}

// What we frame by hand is what gorilla's reader understands, at every length encoding.
func TestFrames(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 70000} {
		text := bytes.Repeat([]byte{'x'}, n)
		frame := appendTextFrame(nil, text[:n/2], text[n/2:])
		require.Equal(t, byte(0x80|websocket.TextMessage), frame[0])
		require.Equal(t, text, frame[len(frame)-n:])
		switch header := len(frame) - n; {
		case n <= 125:
			require.Equal(t, 2, header)
		case n <= 0xffff:
			require.Equal(t, 4, header)
		default:
			require.Equal(t, 10, header)
		}
	}
	frame := appendCloseFrame(nil, 4400, strings.Repeat("가", 100))
	require.LessOrEqual(t, len(frame)-2, maxControlPayload)
	require.Equal(t, strings.Repeat("가", 41), string(frame[4:]))
	require.Equal(t, []byte{0x88, 0}, appendCloseFrame(nil, websocket.CloseNoStatusReceived, ""))
}
