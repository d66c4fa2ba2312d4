// Package llmtest is a language model that says what a script tells it to, over the real wire: OpenAI's
// chat completions by HTTP, streamed or whole, with everything that goes wrong on such wires. It is
// cheap enough for thousands of streams at once.
//
// Tests start it with [New], programs of their own with [Listen]; a [Model] is an [http.Handler] for
// all else.
package llmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Handler decides by what is asked what is answered. It is called by many goroutines at once, and may
// wait: nothing of the answer is sent before it returns.
type Handler func(Request) Answer

// kept is how many requests are remembered, so that a long load does not fill the memory.
const kept = 10_000

// Model is a scripted language model. Make one with [NewModel].
type Model struct {
	streams atomic.Int64

	mu       sync.Mutex
	handlers []Handler
	requests []Request
	asked    int
}

// NewModel returns a model that answers the first request by the first handler, and so on; the last
// handler answers all that follow. Without any it says a sentence in Korean.
func NewModel(handlers ...Handler) *Model {
	m := &Model{}
	m.Script(handlers...)
	return m
}

// Script replaces the handlers, beginning with the next request, and forgets the requests so far.
func (m *Model) Script(handlers ...Handler) {
	if len(handlers) == 0 {
		handlers = []Handler{Say("안녕하세요, 오늘은 어떤 하루였나요?")}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handlers, m.requests, m.asked = handlers, nil, 0
}

// Say returns a handler that streams text in pieces of the size of tokens.
func Say(text string) Handler {
	return func(Request) Answer { return Answer{Deltas: Tokens(text)} }
}

// Requests returns what was asked since the last [Model.Script], in order: the first ten thousand.
func (m *Model) Requests() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Request(nil), m.requests...)
}

// Asked returns how many requests there were since the last [Model.Script].
func (m *Model) Asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// Streams returns how many answers are being given right now.
func (m *Model) Streams() int { return int(m.streams.Load()) }

// next notes the request and returns who answers it.
func (m *Model) next(r Request) Handler {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.requests) < kept {
		m.requests = append(m.requests, r)
	}
	m.asked++
	return m.handlers[min(m.asked, len(m.handlers))-1]
}

// maxRequest bounds what is read of a request.
const maxRequest = 16 << 20

// ServeHTTP implements [http.Handler].
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		refuse(w, Answer{Status: http.StatusNotFound, Code: "not_found"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return // the client is gone
	}
	request := Request{Header: r.Header, Raw: body, From: r.RemoteAddr}
	if json.Unmarshal(body, &request) != nil || request.Model == "" || len(request.Messages) == 0 {
		refuse(w, Answer{Status: http.StatusBadRequest, Code: "invalid_request_error"})
		return
	}
	m.streams.Add(1)
	defer m.streams.Add(-1)
	answer := m.next(request)(request)
	if !answer.give(w, r, &request) && answer.Gone != nil {
		answer.Gone()
	}
}
