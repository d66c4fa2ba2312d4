package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// AppendResponse appends resp as JSON to dst and returns the longer slice. Data is spliced in
// as gqlgen wrote it: encoding/json would scan and compact it a second time. An answer without
// data (a request error) has no `data` key (GraphQL specification §7.1).
//
// It fails only when an error's or the response's extensions hold a value that JSON cannot
// express; dst is then returned unchanged.
func AppendResponse(dst []byte, resp *graphql.Response) ([]byte, error) {
	begin := len(dst)
	dst = append(dst, '{')
	var err error
	if len(resp.Errors) > 0 {
		if dst, err = appendMember(dst, "errors", resp.Errors); err != nil {
			return dst[:begin], err
		}
	}
	if len(resp.Data) > 0 {
		dst = appendKey(dst, "data")
		dst = append(dst, resp.Data...)
	}
	if resp.HasNext != nil { // one part of an answer with @defer
		if dst, err = appendIncremental(dst, resp); err != nil {
			return dst[:begin], err
		}
	}
	if len(resp.Extensions) > 0 {
		if dst, err = appendMember(dst, "extensions", resp.Extensions); err != nil {
			return dst[:begin], err
		}
	}
	return append(dst, '}'), nil
}

// plain reports whether an answer has nothing but data.
func plain(resp *graphql.Response) bool {
	return len(resp.Data) > 0 && len(resp.Errors) == 0 && len(resp.Extensions) == 0 && resp.HasNext == nil
}

func appendIncremental(dst []byte, resp *graphql.Response) ([]byte, error) {
	var err error
	if resp.Label != "" {
		if dst, err = appendMember(dst, "label", resp.Label); err != nil {
			return dst, err
		}
	}
	if len(resp.Path) > 0 {
		if dst, err = appendMember(dst, "path", resp.Path); err != nil {
			return dst, err
		}
	}
	return appendMember(dst, "hasNext", *resp.HasNext)
}

func appendMember(dst []byte, key string, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return dst, fmt.Errorf("encode %s: %w", key, err)
	}
	return append(appendKey(dst, key), text...), nil
}

// appendKey appends `"key":`, after a comma unless it is the first key of the object. It never
// follows a finished object, so the last byte tells.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

// unencodable stands in place of errors that could not be encoded.
const unencodable = `[{"message":"The answer could not be encoded.","extensions":{"code":"INTERNAL"}}]`

// encode is AppendResponse that always has an answer, even when an extension's own marshaller
// panics: it runs in goroutines of ours, where that would end the process.
func encode(dst []byte, resp *graphql.Response) []byte {
	out := dst
	err := guard(func() (err error) {
		out, err = AppendResponse(dst, resp)
		return err
	})
	if err != nil {
		return append(append(append(dst, `{"errors":`...), unencodable...), '}')
	}
	return out
}

// encodeErrors appends the errors as a JSON list, and has an answer as encode has.
func encodeErrors(dst []byte, errs gqlerror.List) []byte {
	var text []byte
	err := guard(func() (err error) {
		text, err = json.Marshal(errs)
		return err
	})
	if err != nil {
		text = []byte(unencodable)
	}
	return append(dst, text...)
}

// maxPooled is the largest buffer worth keeping between answers, in bytes.
const maxPooled = 64 << 10

// buffers is shared by all transports; a pool has no state that anybody could depend on.
var buffers = sync.Pool{New: func() any { return new(bytesBuffer) }}

// bytesBuffer is a pooled slice; the pool holds pointers so that putting one back does not
// allocate.
type bytesBuffer struct{ b []byte }

// Write implements [io.Writer].
func (b *bytesBuffer) Write(text []byte) (int, error) {
	b.b = append(b.b, text...)
	return len(text), nil
}

func takeBuffer() *bytesBuffer {
	return buffers.Get().(*bytesBuffer) //nolint:forcetypeassert // nothing else is ever put in
}

func (b *bytesBuffer) release() {
	if cap(b.b) > maxPooled {
		return
	}
	b.b = b.b[:0]
	buffers.Put(b)
}

// oneLine replaces line breaks by spaces. Inside JSON they can only stand between tokens,
// where both mean nothing; in an event stream a line break would end the field.
func oneLine(text []byte) {
	for i := bytes.IndexAny(text, "\r\n"); i >= 0; i = bytes.IndexAny(text, "\r\n") {
		text[i] = ' '
		text = text[i+1:]
	}
}
