package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
func decodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errJSONUTF8
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	value, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSONSyntax
	}
	return value, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errJSONSyntax
	}
	switch t := token.(type) {
	case string:
		return t, checkText(t)
	case json.Delim:
		if depth == maxDepth {
			return nil, errJSONDepth
		}
		if t == '{' {
			return decodeObject(d, depth+1)
		}
		return decodeArray(d, depth+1)
	default: // json.Number, bool, nil
		return token, nil
	}
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, errJSONSyntax
		}
		key, ok := token.(string)
		if !ok {
			return nil, errJSONSyntax
		}
		if err := checkText(key); err != nil {
			return nil, err
		}
		if _, taken := object[key]; taken {
			return nil, errJSONDuplicate
		}
		if object[key], err = decodeValue(d, depth); err != nil {
			return nil, err
		}
	}
	return object, endOf(d)
}

func decodeArray(d *json.Decoder, depth int) (any, error) {
	array := []any{}
	for d.More() {
		value, err := decodeValue(d, depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, endOf(d)
}

// endOf consumes the closing bracket of an object or an array.
func endOf(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errJSONSyntax
	}
	return nil
}

func checkText(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return errJSONNul
	}
	return nil
}
