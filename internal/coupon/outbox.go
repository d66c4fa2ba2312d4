package coupon

import (
	"context"
	"sync"
	"time"

	"github.com/moa-bff/moa/ent"
)

// flushTime is how long the last news may take when the process ends.
const flushTime = 2 * time.Second

// outbox carries the latest committed version of coupons to somewhere slower than the committer.
// Versions that are overtaken while they wait are never sent.
type outbox struct {
	pace    time.Duration
	deliver func(ctx context.Context, c *ent.Coupon)
	wake    chan struct{}

	mu     sync.Mutex
	latest map[string]*ent.Coupon
}

// newOutbox returns an outbox that delivers at most once each pace.
func newOutbox(pace time.Duration, deliver func(ctx context.Context, c *ent.Coupon)) *outbox {
	return &outbox{pace: pace, deliver: deliver, wake: make(chan struct{}, 1), latest: make(map[string]*ent.Coupon)}
}

// put leaves c, which nobody changes any more, to be delivered.
func (o *outbox) put(c *ent.Coupon) {
	o.mu.Lock()
	if waiting, ok := o.latest[c.ID]; !ok || waiting.Version < c.Version {
		o.latest[c.ID] = c
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run delivers until ctx ends, then what is left.
func (o *outbox) run(ctx context.Context) error {
	for {
		select {
		case <-o.wake:
			o.flush(context.WithoutCancel(ctx)) // what is taken out is delivered, also at the end
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
			defer cancel()
			o.flush(last)
			return nil
		}
		if o.pace > 0 {
			rest := time.NewTimer(o.pace)
			select {
			case <-rest.C:
			case <-ctx.Done():
				rest.Stop()
			}
		}
	}
}

func (o *outbox) flush(ctx context.Context) {
	o.mu.Lock()
	batch := o.latest
	o.latest = make(map[string]*ent.Coupon)
	o.mu.Unlock()
	for _, c := range batch {
		o.deliver(ctx, c)
	}
}
