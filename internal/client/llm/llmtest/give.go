package llmtest

import (
	"context"
	"net/http"
	"time"
)

// give sends the answer, and reports whether the client was there to its end.
func (a *Answer) give(w http.ResponseWriter, r *http.Request, request *Request) bool {
	if a.Status != 0 && a.Status != http.StatusOK {
		refuse(w, *a)
		return true
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if request.Stream && !a.Whole {
		s := &stream{w: w, flush: http.NewResponseController(w), answer: a, usage: request.StreamOptions.IncludeUsage}
		return s.give(r.Context())
	}
	text := []byte(nil)
	for i, delta := range a.pieces() {
		if !a.turn(r.Context(), i) {
			return false
		}
		text = append(text, a.stamped(delta)...)
	}
	return a.whole(w, r, text)
}

// whole sends the answer in one document.
func (a *Answer) whole(w http.ResponseWriter, r *http.Request, text []byte) bool {
	w.Header().Set("Content-Type", "application/json")
	switch a.Then {
	case Stall:
		<-r.Context().Done()
		return false
	case Cut:
		panic(http.ErrAbortHandler)
	case Fail:
		_, _ = w.Write([]byte(`{"error":` + string(a.fault()) + `}`))
		return true
	case Babble, End:
		_, _ = w.Write([]byte(a.Body))
		return true
	}
	_, err := w.Write(a.document(text))
	return err == nil
}

// turn waits until delta number i may be sent, and reports whether the client is still there.
func (a *Answer) turn(ctx context.Context, i int) bool {
	wait := a.Every
	if i == 0 {
		wait = a.First
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
	if a.Gate != nil {
		select {
		case <-ctx.Done():
			return false
		case <-a.Gate:
		}
	}
	return ctx.Err() == nil
}

// stream sends an answer as server-sent events.
type stream struct {
	w      http.ResponseWriter
	flush  *http.ResponseController
	answer *Answer
	usage  bool
	sent   int // deltas
	buffer []byte
	failed bool
}

func (s *stream) give(ctx context.Context) bool {
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("Cache-Control", "no-cache")
	s.w.WriteHeader(http.StatusOK)
	_ = s.flush.Flush() // the client learns that it is accepted
	a := s.answer
	for i, delta := range a.pieces() {
		if !a.turn(ctx, i) {
			return false
		}
		s.sent++
		s.chunk(`{"content":`, quote(a.stamped(delta)), `}`)
		if s.failed {
			return false
		}
	}
	switch a.Then {
	case Stall:
		if a.StallReason != "" {
			s.event(s.envelope([]byte(`{}`), a.StallReason))
		}
		s.murmur(ctx)
		return false
	case Cut:
		panic(http.ErrAbortHandler)
	case End:
		return true
	case Fail:
		s.event(append(append([]byte(`{"error":`), a.fault()...), '}'))
		return !s.failed
	case Babble:
		s.raw([]byte(a.Body))
		return !s.failed
	}
	s.finish()
	return !s.failed
}

// murmur says nothing of importance until the client goes away.
func (s *stream) murmur(ctx context.Context) {
	if s.answer.Murmur <= 0 {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(s.answer.Murmur)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.raw([]byte(": keep-alive\n\n"))
		}
	}
}

// finish sends the calls, the reason, the usage and the mark of the end.
func (s *stream) finish() {
	a := s.answer
	for i := range a.Calls {
		for _, delta := range a.Calls[i].deltas() {
			s.chunk(`{"tool_calls":[`, delta, `]}`)
		}
	}
	if !a.NoReason {
		s.event(s.envelope([]byte(`{}`), a.reason()))
	}
	if s.usage && a.Usage != nil && !a.UsageEverywhere {
		s.event(append(append([]byte(`{"id":"c","object":"chat.completion.chunk","choices":[],"usage":`), a.Usage.json()...), '}'))
	}
	if !a.NoDone {
		s.event([]byte("[DONE]"))
	}
}
