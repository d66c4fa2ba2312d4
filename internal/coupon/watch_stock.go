package coupon

import (
	"context"
	"errors"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/bus"
)

// WatchStock returns the stock of a coupon now and after each change, the latest only: a slow reader
// skips. Its status changes at the second of a boundary, whether or not anything was written. The
// channel is closed when ctx or the bus ends, and when the coupon is deleted. A coupon that does not
// exist is [ErrNotFound].
func (s *Service) WatchStock(ctx context.Context, couponID string) (<-chan *Stock, error) {
	// First listen, then look: what changes in between is heard.
	watcher, err := s.deps.Bus.Watch(ctx, stockTopic(couponID))
	if err != nil {
		return nil, err
	}
	row, err := s.Get(ctx, couponID)
	if err != nil {
		watcher.Close()
		return nil, err
	}
	w := &stockWatch{Service: s, watcher: watcher, coupon: row, out: make(chan *Stock, 1)}
	go w.run(ctx)
	return w.out, nil
}

// stockWatch is one watcher of the stock of one coupon. It ends with its context.
type stockWatch struct {
	*Service
	watcher *bus.Watcher
	coupon  *ent.Coupon
	status  Status // as last told
	out     chan *Stock
}

func (w *stockWatch) run(ctx context.Context) {
	defer close(w.out)
	defer w.watcher.Close()
	for {
		w.tell()
		if !w.await(ctx) {
			return
		}
	}
}

// tell puts the current stock in the place of one that was not read yet.
func (w *stockWatch) tell() {
	shown := *w.coupon // others share the coupon
	stock := &Stock{Coupon: &shown, Remaining: Remaining(&shown), Status: StatusAt(&shown, w.Now())}
	w.status = stock.Status
	select {
	case <-w.out:
	default:
	}
	w.out <- stock
}

// await returns when there is something new to tell, and false when there never will be.
func (w *stockWatch) await(ctx context.Context) bool {
	for {
		timer, stop := w.boundary()
		select {
		case update, open := <-w.watcher.C():
			stop()
			if !open {
				return false
			}
			changed, exists := w.merge(ctx, update)
			if !exists || changed {
				return exists
			}
		case <-timer:
			if StatusAt(w.coupon, w.Now()) != w.status {
				return true
			}
		case <-ctx.Done():
			stop()
			return false
		}
	}
}

// boundary returns a timer for when the time next changes the status; one that never fires when
// it will not.
func (w *stockWatch) boundary() (fires <-chan time.Time, stop func()) {
	now := w.Now()
	for _, at := range []time.Time{w.coupon.StartsAt, w.coupon.EndsAt.Add(instant)} {
		if at.After(now) {
			timer := time.NewTimer(at.Sub(now))
			return timer.C, func() { timer.Stop() }
		}
	}
	return nil, func() {}
}

// merge takes what the bus brings, unless it is older than what is known. It tells whether anything
// changed, and whether the coupon still exists.
func (w *stockWatch) merge(ctx context.Context, update bus.Update) (changed, exists bool) {
	next := w.coupon
	if len(update.Value) > 0 && update.Version > next.Version {
		if c, err := w.decode(next.ID, update.Version, update.Value); err == nil {
			next = c
		} else {
			update.Resync = true
			w.deps.Logger.WarnContext(ctx, "a state on the bus is unreadable", "error", err)
		}
	}
	if update.Resync {
		switch row, err := w.Get(ctx, next.ID); {
		case errors.Is(err, ErrNotFound):
			return false, false
		case err != nil:
			w.deps.Logger.WarnContext(ctx, "a watched coupon cannot be read", "coupon_id", next.ID, "error", err)
		case row.Version > next.Version:
			next = row
		}
	}
	changed = next.Version > w.coupon.Version
	w.coupon = next
	return changed, next.DeletedAt == nil
}
