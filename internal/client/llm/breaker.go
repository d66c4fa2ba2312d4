package llm

import (
	"sync"
	"time"
)

// breakerState is what operators see of a breaker.
type breakerState string

const (
	stateClosed   breakerState = "ready"
	stateOpen     breakerState = "circuit open"
	stateHalfOpen breakerState = "circuit half open"
)

// breaker keeps calls from a provider that is out of order: nobody has to wait for its next failure.
// After a pause one call is let through. The libraries at hand judge a call when it is over; a
// streamed answer takes a minute, and its first token already tells that the provider is back.
type breaker struct {
	settings Breaker
	changed  func(breakerState) // called with the lock held

	mu       sync.Mutex
	failures int       // in sequence
	until    time.Time // the end of the pause; zero when closed
	probing  bool      // one call is under way after the pause
	round    int       // grows with each opening and closing, so that calls from before do not count
}

// pass lets one call through.
type pass struct {
	breaker *breaker
	round   int
	probe   bool
}

// enter returns a pass, or [ErrBreakerOpen] with the rest of the pause.
func (b *breaker) enter() (*pass, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return &pass{breaker: b, round: b.round}, nil
	}
	if wait := time.Until(b.until); wait > 0 {
		return nil, failed(ErrBreakerOpen, "").later(wait)
	}
	if b.probing {
		return nil, failed(ErrBreakerOpen, "one call is trying")
	}
	b.probing = true
	b.changed(stateHalfOpen)
	return &pass{breaker: b, round: b.round, probe: true}, nil
}

// state returns the state, and the rest of the pause.
func (b *breaker) state() (breakerState, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return stateClosed, 0
	}
	if wait := time.Until(b.until); wait > 0 {
		return stateOpen, wait
	}
	return stateHalfOpen, 0
}

// verdict is what a call tells of the provider's health.
type verdict int

const (
	healthy verdict = iota
	sick
	unknown // the caller left
)

// alive says that the provider has begun to answer. That is enough for a call that tries after a
// pause; any other is judged by its end.
func (p *pass) alive() {
	if p.probe {
		p.leave(healthy)
	}
}

// leave gives the verdict. The first one counts.
func (p *pass) leave(v verdict) {
	b := p.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.round != b.round {
		return
	}
	if p.probe {
		b.probing = false
	}
	switch {
	case v == unknown:
	case v == healthy && p.probe:
		b.failures, b.until = 0, time.Time{}
		b.turn(stateClosed)
	case v == healthy:
		b.failures = 0
	default:
		b.failures++
		if p.probe || b.failures >= b.settings.Failures {
			b.until = time.Now().Add(b.settings.Pause)
			b.turn(stateOpen)
		}
	}
}

func (b *breaker) turn(to breakerState) {
	b.round++
	b.changed(to)
}
