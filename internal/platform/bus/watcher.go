package bus

import "sync"

// Watcher receives the latest value of one state. It needs no goroutine: its channel holds one
// update, and a newer one takes the place of an update that was not read in time.
type Watcher struct {
	ch    chan Update
	state *stateTopic
	slot  int // where state.watchers holds this watcher; guarded by state.mu

	mu     sync.Mutex
	leave  func() bool // forgets the caller's context
	closed bool
}

func newWatcher(state *stateTopic) *Watcher {
	return &Watcher{ch: make(chan Update, 1), state: state}
}

// C returns the channel of updates. It is closed when the watcher ends.
func (w *Watcher) C() <-chan Update { return w.ch }

// Err tells, after C is closed, why. A watcher only ends with Close, its context or the bus, so
// it is nil; the method mirrors [Reader.Err].
func (w *Watcher) Err() error { return nil }

// Close ends the watcher. It may be called at any time, more than once, from any goroutine.
func (w *Watcher) Close() {
	w.mu.Lock()
	first := !w.closed
	if first {
		w.closed = true
		close(w.ch)
	}
	leave := w.leave
	w.mu.Unlock()
	if !first {
		return
	}
	w.state.remove(w)
	if leave != nil {
		leave()
	}
}

// push replaces what waits in the channel. A wish to read the row again outlives the update
// that carried it. Holding mu makes this the only sender, so sending never waits.
func (w *Watcher) push(u Update) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	select {
	case skipped := <-w.ch:
		u.Resync = u.Resync || skipped.Resync
	default:
	}
	w.ch <- u
}
