package llm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Bounds of an answer. The longest that a provider of today gives, 32,768 tokens in chunks of 300
// bytes, is 10 MB.
const (
	maxEvent  = 1 << 20
	maxAnswer = 32 << 20
)

// errTooBig is when an answer is beyond those bounds.
var errTooBig = errors.New("the answer is beyond all bounds")

// event is one event of a stream.
type event struct {
	name string // empty when it has none
	data []byte // valid until the next event is read
}

// events reads a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
// whose lines end with LF or CRLF. It holds no more than [maxEvent] of it.
type events struct {
	in   *bufio.Reader
	long []byte // a line that is longer than the reader's buffer
	data []byte
}

func newEvents(body io.Reader) *events {
	return &events{in: bufio.NewReaderSize(body, 4<<10)}
}

// next returns the next event that has data. The error is [io.EOF] at the end, where an event that
// lacks its empty line is not whole and does not count.
func (e *events) next() (event, error) {
	e.data = e.data[:0]
	name, has := "", false
	for {
		line, err := e.line()
		if err != nil {
			return event{}, err
		}
		if len(line) == 0 {
			if has {
				return event{name: name, data: e.data}, nil
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
				return event{}, errTooBig
			}
		}
		// All else, and first of all the comments that keep a connection alive, says nothing.
	}
}

// line returns the next line without its end.
func (e *events) line() ([]byte, error) {
	line, err := e.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		e.long = e.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(e.long) <= maxEvent {
			e.long = append(e.long, line...)
			line, err = e.in.ReadSlice('\n')
		}
		if len(e.long)+len(line) > maxEvent {
			return nil, errTooBig
		}
		e.long = append(e.long, line...)
		line = e.long
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// bounded reads no more of an answer than [maxAnswer].
type bounded struct {
	in   io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooBig
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
