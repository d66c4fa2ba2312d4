package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Waits between tries: half a second, doubled each time, of which up to a half is left to chance so
// that callers who failed together do not come back together.
const (
	firstWait = 500 * time.Millisecond
	maxWait   = 8 * time.Second
)

// again returns how long to wait before the next try, and whether there is one. A provider's own
// Retry-After is kept to; when it does not fit the caller's time, the caller hears of it at once.
func (t *talk) again(ctx context.Context, err error) (time.Duration, bool) {
	var f *failure
	if !errors.As(err, &f) || !f.again() || t.tries > t.client.options.MaxRetries {
		return 0, false
	}
	wait := min(firstWait<<min(t.tries-1, 10), maxWait)
	wait = max(wait-rand.N(wait/2), f.after)
	deadline, _ := ctx.Deadline() // there is always one: Options.Timeout
	return wait, time.Until(deadline) > wait
}

// pause waits, or returns why ctx is done.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return interrupted(ctx)
	case <-timer.C:
		return nil
	}
}
