package llmtest

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// chunk sends a delta of three parts.
func (s *stream) chunk(before string, value []byte, after string) {
	delta := append(append([]byte(before), value...), after...)
	s.event(s.envelope(delta, ""))
}

// envelope returns a chunk around a delta; without a reason there is more to come.
func (s *stream) envelope(delta []byte, reason string) []byte {
	b := append([]byte(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[{"index":0,"delta":`), delta...)
	b = append(b, `,"logprobs":null,"finish_reason":`...)
	if reason == "" {
		b = append(b, "null"...)
	} else {
		b = append(b, quote(reason)...)
	}
	b = append(b, `}],"usage":`...)
	if u := s.answer.Usage; u != nil && s.answer.UsageEverywhere {
		soFar := Usage{Prompt: u.Prompt, Completion: min(s.sent, u.Completion), Total: u.Prompt + min(s.sent, u.Completion)}
		if reason != "" {
			soFar = *u
		}
		return append(append(b, soFar.json()...), '}')
	}
	return append(b, "null}"...)
}

// event sends data as one event.
func (s *stream) event(data []byte) {
	end := "\n"
	if s.answer.CRLF {
		end = "\r\n"
	}
	s.buffer = s.buffer[:0]
	for range s.answer.KeepAlives {
		s.buffer = append(append(append(s.buffer, ": keep-alive"...), end...), end...)
	}
	s.buffer = append(append(s.buffer, "data: "...), data...)
	s.buffer = append(append(s.buffer, end...), end...)
	s.raw(s.buffer)
}

// raw sends bytes, at once or one by one.
func (s *stream) raw(b []byte) {
	size := len(b)
	if s.answer.Bytewise {
		size = 1
	}
	for len(b) > 0 && !s.failed {
		n := min(size, len(b))
		_, err := s.w.Write(b[:n])
		if err == nil {
			err = s.flush.Flush()
		}
		s.failed = err != nil
		b = b[n:]
	}
}

// document returns the whole answer.
func (a *Answer) document(text []byte) []byte {
	b := append([]byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"scripted","choices":[{"index":0,"message":{"role":"assistant","content":`), quote(string(text))...)
	if len(a.Calls) > 0 {
		b = append(b, `,"tool_calls":[`...)
		for i, c := range a.Calls {
			if i > 0 {
				b = append(b, ',')
			}
			c.Pieces = []string{strings.Join(c.Pieces, "")}
			c.Index = i
			b = append(b, c.deltas()[0]...)
		}
		b = append(b, ']')
	}
	b = append(append(append(b, `},"finish_reason":`...), quote(a.reason())...), `}]`...)
	if a.Usage != nil {
		b = append(append(b, `,"usage":`...), a.Usage.json()...)
	}
	return append(b, '}')
}

func (a *Answer) reason() string {
	switch {
	case a.Reason != "":
		return a.Reason
	case len(a.Calls) > 0:
		return "tool_calls"
	}
	return "stop"
}

// deltas returns the pieces of a call as they go over the wire: the name comes with the first.
func (c *Call) deltas() [][]byte {
	list := make([][]byte, 0, len(c.Pieces))
	for i, piece := range c.Pieces {
		b := append([]byte(`{"index":`), strconv.Itoa(c.Index)...)
		if i == 0 {
			b = append(append(b, `,"id":`...), quote(c.ID)...)
			b = append(append(append(b, `,"type":"function","function":{"name":`...), quote(c.Name)...), ',')
		} else {
			b = append(b, `,"function":{`...)
		}
		b = append(append(append(b, `"arguments":`...), quote(piece)...), "}}"...)
		list = append(list, b)
	}
	return list
}

func (u *Usage) json() []byte {
	b := append([]byte(`{"prompt_tokens":`), strconv.Itoa(u.Prompt)...)
	b = append(append(b, `,"completion_tokens":`...), strconv.Itoa(u.Completion)...)
	total := u.Total
	if total == 0 {
		total = u.Prompt + u.Completion
	}
	return append(append(append(b, `,"total_tokens":`...), strconv.Itoa(total)...), '}')
}

// quote returns text in JSON, with its bytes as they are: the standard library would mend letters that
// are cut.
func quote(text string) []byte {
	b := append(make([]byte, 0, len(text)+2), '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(append(b, `\u00`...), "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Tokens cuts text into pieces of about the size of tokens: two letters each.
func Tokens(text string) []string {
	var list []string
	for len(text) > 0 {
		_, n := utf8.DecodeRuneInString(text)
		_, m := utf8.DecodeRuneInString(text[n:])
		list = append(list, text[:n+m])
		text = text[n+m:]
	}
	return list
}

// stamped returns the delta, with the time before it if that is wanted.
func (a *Answer) stamped(delta string) string {
	if !a.Stamp {
		return delta
	}
	return "⟦" + strconv.FormatInt(time.Now().UnixNano(), 10) + "⟧" + delta
}

// Stamps returns when the deltas in text were sent, in order, and the text without the stamps. The
// deltas may have been joined on their way.
func Stamps(text string) (sent []time.Time, rest string) {
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(text, "⟦")
		plain.WriteString(before)
		stamp, more, closed := strings.Cut(after, "⟧")
		at, err := strconv.ParseInt(stamp, 10, 64)
		if !found || !closed || err != nil {
			return sent, plain.String()
		}
		sent = append(sent, time.Unix(0, at))
		text = more
	}
}
