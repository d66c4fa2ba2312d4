package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
)

// backoff spaces attempts: each pause is up to twice as long as the one before, at most 2
// seconds, and random in its upper half so that replicas do not return in step.
type backoff struct{ next time.Duration }

// wait pauses; it returns an error when ctx or stop ended the pause. A nil stop never does.
func (b *backoff) wait(ctx context.Context, stop <-chan struct{}) error {
	b.next = min(max(2*b.next, firstPause), longPause)
	timer := time.NewTimer(b.next/2 + rand.N(b.next/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-stop:
		return context.Canceled
	}
}

// fresh reports whether the next pause is the first since the last reset.
func (b *backoff) fresh() bool { return b.next == 0 }

func (b *backoff) reset() { b.next = 0 }
