package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a request's JSON. The deepest input object of a sensible
// schema needs a dozen levels.
const maxDepth = 64

// Reasons why JSON is refused. None repeats what the client sent.
var (
	errJSONSyntax    = errors.New("the JSON is malformed")
	errJSONUTF8      = errors.New("the JSON is not valid UTF-8")
	errJSONDepth     = errors.New("the JSON is nested too deeply")
	errJSONDuplicate = errors.New("the JSON has the same key twice in one object")
	errJSONNul       = errors.New("the JSON contains a NUL character")
)

// decodeJSON parses one JSON value, and is stricter than [json.Unmarshal] where leniency lets
// two readers of the same bytes see different requests: a repeated key, invalid UTF-8 and
// anything after the value are errors. NUL characters are refused because PostgreSQL cannot
// store them. Numbers stay exact, as [json.Number], so that one which is too large becomes a
// coercion error instead of another number.
//
// It reads the text itself (RFC 8259): going through the tokens of a [json.Decoder] takes
// longer than all else that happens to a small request before it is executed.
func decodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errJSONUTF8
	}
	r := jsonReader{text: data}
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	r.skipSpace()
	if r.at < len(data) {
		return nil, errJSONSyntax
	}
	return value, nil
}

// jsonReader reads text from the position at on.
type jsonReader struct {
	text []byte
	at   int
}

// value reads one value inside of depth objects and arrays.
func (r *jsonReader) value(depth int) (any, error) {
	switch c := r.peek(); c {
	case '"':
		return r.string()
	case '{', '[':
		if depth == maxDepth {
			return nil, errJSONDepth
		}
		r.at++
		if c == '{' {
			return r.object(depth + 1)
		}
		return r.array(depth + 1)
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	default:
		return r.number()
	}
}

// object reads what follows an opening brace.
func (r *jsonReader) object(depth int) (any, error) {
	object := map[string]any{}
	if r.took('}') {
		return object, nil
	}
	for {
		if r.peek() != '"' {
			return nil, errJSONSyntax
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if _, taken := object[key]; taken {
			return nil, errJSONDuplicate
		}
		if !r.took(':') {
			return nil, errJSONSyntax
		}
		if object[key], err = r.value(depth); err != nil {
			return nil, err
		}
		if r.took('}') {
			return object, nil
		}
		if !r.took(',') {
			return nil, errJSONSyntax
		}
	}
}

// array reads what follows an opening bracket.
func (r *jsonReader) array(depth int) (any, error) {
	array := []any{}
	if r.took(']') {
		return array, nil
	}
	for {
		value, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
		if r.took(']') {
			return array, nil
		}
		if !r.took(',') {
			return nil, errJSONSyntax
		}
	}
}

// string reads a string, at whose opening quote it stands.
func (r *jsonReader) string() (string, error) {
	begin, escaped := r.at, false
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			if escaped {
				return unescape(r.text[begin:r.at])
			}
			return string(r.text[begin+1 : r.at-1]), nil
		case c == '\\':
			escaped = true
			r.at++
		case c < ' ':
			return "", errJSONSyntax
		}
	}
	return "", errJSONSyntax
}

// unescape returns what a string with its quotes stands for.
func unescape(quoted []byte) (text string, err error) {
	if json.Unmarshal(quoted, &text) != nil {
		return "", errJSONSyntax
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "", errJSONNul
	}
	return text, nil
}

// number reads a number.
func (r *jsonReader) number() (any, error) {
	begin := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789Ee", r.text[r.at]) >= 0 {
		r.at++
	}
	// Of these characters alone, no other value can be made.
	if !json.Valid(r.text[begin:r.at]) {
		return nil, errJSONSyntax
	}
	return json.Number(r.text[begin:r.at]), nil
}

// word reads a literal name.
func (r *jsonReader) word(name string) error {
	if !bytes.HasPrefix(r.text[r.at:], []byte(name)) {
		return errJSONSyntax
	}
	r.at += len(name)
	return nil
}

// took takes the character c, when it comes next.
func (r *jsonReader) took(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// peek returns the character that comes next, after white space; 0, which is never right there, for none.
func (r *jsonReader) peek() byte {
	r.skipSpace()
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *jsonReader) skipSpace() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}
