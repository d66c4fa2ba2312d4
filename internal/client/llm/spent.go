package llm

import (
	"errors"
	"time"
)

// Spent is what one call cost, for metrics and budgets.
type Spent struct {
	Provider string // see [Client.Provider]
	Model    string
	Purpose  string // of the request
	// Outcome is "ok", "canceled" (also when emit failed), or the kind of the error: "unavailable",
	// "rate_limited", "timeout", "too_long", "refused", "misconfigured", "broken", "breaker_open".
	Outcome string
	Usage   Usage
	// Tries is how often the provider was asked; zero when the breaker was open.
	Tries int
	// FirstToken is the time from the beginning of the call to its first text, and zero when there was
	// none; Duration is the time to its end.
	FirstToken time.Duration
	Duration   time.Duration
}

// arrived notes that the first text is there.
func (t *talk) arrived() {
	if t.first == 0 {
		t.first = time.Since(t.begun)
		t.pass.alive()
	}
}

// observe tells whoever counts.
func (t *talk) observe(err error) {
	if t.client.options.Observe == nil {
		return
	}
	t.client.options.Observe(Spent{
		Provider:   t.client.provider,
		Model:      t.client.options.Model,
		Purpose:    t.request.Purpose,
		Outcome:    outcome(err),
		Usage:      t.spent,
		Tries:      t.tries,
		FirstToken: t.first,
		Duration:   time.Since(t.begun),
	})
}

func outcome(err error) string {
	var f *failure
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &f):
		return f.kind.label
	}
	return "canceled"
}
