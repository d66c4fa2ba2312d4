// Package wire reads what language models send: streams of events, and texts that are cut anywhere. It
// stands on the standard library alone, so that fuzzing it builds nothing else.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxEvent bounds one event, in bytes.
const maxEvent = 1 << 20

// ErrTooBig is when an event, or a whole answer, is beyond its bound.
var ErrTooBig = errors.New("the answer is beyond all bounds")

// Event is one event of a stream. Name is empty when it has none; Data is valid until the next event is
// read.
type Event struct {
	Name string
	Data []byte
}

// Events reads a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
// whose lines end with LF or CRLF. It holds no more than [maxEvent] of it.
type Events struct {
	in   *bufio.Reader
	long []byte // a line that is longer than the reader's buffer
	data []byte
}

// NewEvents returns a reader of the stream.
func NewEvents(body io.Reader) *Events {
	return &Events{in: bufio.NewReaderSize(body, 4<<10)}
}

// Next returns the next event that has data. The error is [io.EOF] at the end, where an event that
// lacks its empty line is not whole and does not count.
func (e *Events) Next() (Event, error) {
	e.data = e.data[:0]
	name, has := "", false
	for {
		line, err := e.line()
		if err != nil {
			return Event{}, err
		}
		if len(line) == 0 {
			if has {
				return Event{Name: name, Data: e.data}, nil
			}
			name = ""
			continue
		}
		field, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.TrimPrefix(value, []byte{' '})
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			if has {
				e.data = append(e.data, '\n')
			}
			has = true
			e.data = append(e.data, value...)
			if len(e.data) > maxEvent {
				return Event{}, ErrTooBig
			}
		}
		// All else, and first of all the comments that keep a connection alive, says nothing.
	}
}

// line returns the next line without its end.
func (e *Events) line() ([]byte, error) {
	line, err := e.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		e.long = e.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(e.long) <= maxEvent {
			e.long = append(e.long, line...)
			line, err = e.in.ReadSlice('\n')
		}
		if len(e.long)+len(line) > maxEvent {
			return nil, ErrTooBig
		}
		e.long = append(e.long, line...)
		line = e.long
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// Bounded returns body, which fails with [ErrTooBig] beyond n bytes.
func Bounded(body io.Reader, n int) io.Reader { return &bounded{in: body, left: n} }

// bounded reads no more than is left of its bound.
type bounded struct {
	in   io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooBig
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
