package dashboard

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// watchPace is the least time between two computations of one question: a race changes its coupon hundreds
// of times a second, and nobody reads that fast.
const watchPace = 200 * time.Millisecond

// watches are the questions that somebody watches: one computation a change for any number of watchers.
type watches struct {
	service *Service
	mu      sync.Mutex
	open    map[key]*watch
}

func newWatches(s *Service) *watches { return &watches{service: s, open: map[key]*watch{}} }

// watch is one question and all who watch it. It ends with the last of them.
type watch struct {
	asked  asked
	kind   string
	wake   chan struct{}
	cancel context.CancelFunc

	members map[*member]struct{} // guarded by the lock of the watches, like what follows
	last    *Analysis
	begun   stamp // of what was read last
}

// member is one who watches. Neither function may wait: they are called under the lock of the watches.
type member struct {
	show func(*Analysis)
	// end is called once: with why there is nothing more, or with nil when the member has left.
	end func(error)
}

// Watch returns the answer to a question now and after each change of its data, the latest only: a slow
// reader skips. Equal watchers share one computation. The errors are those of [Service.Analyse].
func (s *Service) Watch(ctx context.Context, q Question) (<-chan *Analysis, error) {
	a, err := s.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make(chan *Analysis, 1) // holds the latest that was not taken yet
	err = s.watches.join(ctx, a, &member{
		show: func(answer *Analysis) {
			select {
			case <-out:
			default:
			}
			out <- answer
		},
		end: func(err error) {
			fault.End(ctx, err)
			close(out)
		},
	})
	return out, err
}

// join makes m a member of the watch of a question until ctx ends.
func (w *watches) join(ctx context.Context, a asked, m *member) error {
	p, err := check(w.service.kinds, a.Question, a.scope())
	if err != nil {
		return err
	}
	k, err := a.key()
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	shared := w.open[k]
	if shared == nil {
		shared = &watch{asked: a, kind: p.kind.Name, wake: make(chan struct{}, 1), members: map[*member]struct{}{}}
		var own context.Context
		own, shared.cancel = context.WithCancel(context.WithoutCancel(ctx))
		w.open[k] = shared
		go w.run(own, k, shared)
	}
	shared.members[m] = struct{}{}
	if shared.last != nil {
		m.show(shared.last)
	}
	context.AfterFunc(ctx, func() { w.leave(k, shared, m) })
	return nil
}

// leave lets a member go; the last one ends the watch.
func (w *watches) leave(k key, shared *watch, m *member) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, there := shared.members[m]; !there {
		return
	}
	delete(shared.members, m)
	m.end(nil)
	if len(shared.members) == 0 {
		w.forget(k, shared)
	}
}

// forget needs the lock.
func (w *watches) forget(k key, shared *watch) {
	if w.open[k] == shared {
		delete(w.open, k)
	}
	shared.cancel()
}

// run computes the answer now and after each wake, and hands it out.
func (w *watches) run(ctx context.Context, k key, shared *watch) {
	answer, err := w.compute(ctx, shared, w.service.answer)
	for {
		if !w.hand(ctx, k, shared, answer, err) || !w.rest(ctx, shared) {
			return
		}
		answer, err = w.compute(ctx, shared, w.service.latest)
	}
}

// compute asks, and makes an error of a panic.
func (w *watches) compute(ctx context.Context, shared *watch, ask func(context.Context, asked) (*Analysis, error)) (answer *Analysis, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return ask(ctx, shared.asked)
}

// rest waits until there may be something new, and false when nobody waits for it any more.
func (w *watches) rest(ctx context.Context, shared *watch) bool {
	pace := time.NewTimer(watchPace)
	defer pace.Stop()
	select {
	case <-pace.C:
	case <-ctx.Done():
		return false
	}
	var aged <-chan time.Time
	if w.service.sources[shared.kind].name != SourceDatabase {
		age := time.NewTimer(w.untilAged(shared))
		defer age.Stop()
		aged = age.C
	}
	select {
	case <-shared.wake:
	case <-aged:
	case <-ctx.Done():
		return false
	}
	return ctx.Err() == nil
}

// untilAged returns for how long what is shown of a source outside may still be kept, and a second where it may not:
// the source does not answer then.
func (w *watches) untilAged(shared *watch) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(outsideAge-w.service.deps.Now().Sub(shared.begun.at), time.Second)
}

// hand gives an answer to every member and never waits for any of them. A failure ends the watch when there
// is nothing to show yet; later it is logged, and the next change is another try.
func (w *watches) hand(ctx context.Context, k key, shared *watch, answer *Analysis, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil && shared.last != nil:
		w.service.deps.Logger.WarnContext(ctx, "a watched question cannot be answered", "data", shared.kind, "error", err)
		time.AfterFunc(time.Second, shared.rouse)
		return true
	case err != nil:
		for m := range shared.members {
			delete(shared.members, m)
			m.end(err)
		}
		w.forget(k, shared)
		return false
	}
	shared.begun = answer.begun
	if shared.last != nil && shared.last.same(answer) {
		return true
	}
	shared.last = answer
	for m := range shared.members {
		m.show(answer)
	}
	return true
}

// rouse makes the watch compute once more.
func (shared *watch) rouse() {
	select {
	case shared.wake <- struct{}{}:
	default:
	}
}

// rouse wakes the watches of a kind of data.
func (w *watches) rouse(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, shared := range w.open {
		if shared.kind == kind {
			shared.rouse()
		}
	}
}

// compare wakes the watches whose answers were read from other versions of the data.
func (w *watches) compare(versions map[string]int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, shared := range w.open {
		if shared.last != nil && shared.begun.version != versions[shared.kind] && w.service.sources[shared.kind].name == SourceDatabase {
			shared.rouse()
		}
	}
}

// any reports whether somebody watches.
func (w *watches) any() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open) > 0
}
