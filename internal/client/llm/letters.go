package llm

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// letters joins text that comes in pieces cut anywhere, also inside a letter: a Korean one has three
// bytes, and models that write bytes, not letters, may send them one by one.
type letters struct{ tail []byte }

// join returns what is whole of the text so far, and keeps the beginning of a letter for the next
// piece. Bytes that can be no letter become U+FFFD.
func (l *letters) join(piece []byte) string {
	text := piece
	if len(l.tail) > 0 {
		text = append(l.tail, piece...)
	}
	whole := len(text) - unfinished(text)
	l.tail = bytes.Clone(text[whole:])
	return strings.ToValidUTF8(string(text[:whole]), string(utf8.RuneError))
}

// unfinished returns how many bytes at the end begin a letter that is not complete.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		end := text[len(text)-n:]
		if utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// unquote returns the bytes of a text in JSON as they are. [json.Unmarshal] would put U+FFFD in place
// of each letter that is cut. false when raw is not a text.
func unquote(raw json.RawMessage) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	raw = raw[1 : len(raw)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw, true
	}
	text := make([]byte, 0, len(raw))
	for {
		at := bytes.IndexByte(raw, '\\')
		if at < 0 {
			return append(text, raw...), true
		}
		text = append(text, raw[:at]...)
		n := escapes(raw[at:])
		var letters string
		if json.Unmarshal([]byte(`"`+string(raw[at:at+n])+`"`), &letters) != nil {
			return nil, false
		}
		text = append(text, letters...)
		raw = raw[at+n:]
	}
}

// escapes returns how long the sequence of escapes is that raw begins with. They are decoded together,
// since letters beyond the first plane are two of them.
func escapes(raw []byte) int {
	n := 0
	for n+1 < len(raw) && raw[n] == '\\' {
		n += 2
		if raw[n-1] == 'u' {
			n = min(n+4, len(raw))
		}
	}
	return max(n, 1)
}
