package fault

import (
	"context"
	"sync/atomic"
)

type endKey struct{}

// WatchEnd returns a context in which a live field can say why it ended, and a function that tells what
// was said: nil when the field simply came to its end.
func WatchEnd(ctx context.Context) (context.Context, func() error) {
	said := &atomic.Pointer[error]{}
	return context.WithValue(ctx, endKey{}, said), func() error {
		if err := said.Load(); err != nil {
			return *err
		}
		return nil
	}
}

// End says that the live field of ctx ends because of err, before it closes its channel: its client is
// told, and comes back, instead of taking the silence for the end. Without [WatchEnd] nothing happens.
func End(ctx context.Context, err error) {
	if said, ok := ctx.Value(endKey{}).(*atomic.Pointer[error]); ok && err != nil {
		said.CompareAndSwap(nil, &err)
	}
}
