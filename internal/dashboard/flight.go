package dashboard

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// flights are the computations that are under way, so that many who ask the same at the same time cost one.
type flights struct {
	mu  sync.Mutex
	now map[key]*flight
}

// flight is one computation. It ends early when everybody who waits for it has left.
type flight struct {
	begun   stamp
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int

	analysis *Analysis
	err      error
}

func newFlights() *flights { return &flights{now: map[key]*flight{}} }

// join waits for the computation of the key that is under way, unless it has begun with older data, and
// otherwise begins one. wait is told when the waiting begins (+1) and ends (−1).
func (f *flights) join(ctx context.Context, k key, holds func(begun stamp) bool, begun stamp, wait func(delta int), compute func(ctx context.Context) (*Analysis, error)) (*Analysis, error) {
	f.mu.Lock()
	running := f.now[k]
	if running == nil || !holds(running.begun) {
		running = &flight{begun: begun, done: make(chan struct{})}
		var own context.Context
		own, running.cancel = context.WithCancel(context.WithoutCancel(ctx))
		f.now[k] = running
		go f.run(own, k, running, compute)
	}
	running.waiting++
	f.mu.Unlock()
	wait(+1)
	defer wait(-1)
	select {
	case <-running.done:
		return running.analysis, running.err
	case <-ctx.Done():
		f.leave(k, running)
		return nil, ctx.Err()
	}
}

func (f *flights) run(ctx context.Context, k key, running *flight, compute func(ctx context.Context) (*Analysis, error)) {
	defer running.cancel()
	defer close(running.done)
	defer f.forget(k, running)
	defer func() { // nobody above this goroutine would hear of a panic but the operating system
		if p := recover(); p != nil {
			running.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	running.analysis, running.err = compute(ctx)
}

// leave ends the computation with the last who waits for it.
func (f *flights) leave(k key, running *flight) {
	f.mu.Lock()
	running.waiting--
	last := running.waiting == 0
	if last && f.now[k] == running {
		delete(f.now, k)
	}
	f.mu.Unlock()
	if last {
		running.cancel()
	}
}

func (f *flights) forget(k key, running *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[k] == running {
		delete(f.now, k)
	}
}
