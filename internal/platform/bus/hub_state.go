package bus

import (
	"math"
	"slices"
	"sync"
	"time"
)

// stateTopic is one state as this process knows it.
type stateTopic struct {
	lease
	age  time.Duration // how long a value stands
	born time.Time

	mu       sync.Mutex
	watchers []*Watcher
	latest   Update
	at       time.Time // when latest was set; zero when there is none
	synced   bool      // the carrier was read at least once (Redis only)
	closed   bool
}

// set takes a value unless one of the same or a higher version stands, and delivers it.
func (t *stateTopic) set(version int64, value []byte, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stands(now) && version <= t.latest.Version {
		return
	}
	t.latest = Update{Version: version, Value: value}
	t.at = now
	t.deliver(t.latest)
}

// carried is what the carrier holds for a state.
type carried struct {
	version int64
	value   []byte
	found   bool
}

// sync compares the hub with what the carrier holds, read right after (re)connecting; before is
// the version that the hub knew when the reading began. A carrier that knows less has lost
// values, and one that was away while the topic was new may have: watchers must read their rows.
func (t *stateTopic) sync(got carried, before int64, now time.Time) {
	if got.found {
		t.set(got.version, got.value, now)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	lost := now.Sub(t.born) > operationTimeout
	if t.synced {
		lost = !got.found || got.version < before
	}
	t.synced = true
	if lost {
		t.deliver(Update{Version: t.latest.Version, Value: t.latest.Value, Resync: true})
	}
}

// version returns the version of the value in the hub, the lowest of all when there is none.
func (t *stateTopic) version() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.IsZero() {
		return math.MinInt64
	}
	return t.latest.Version
}

// deliver pushes u to every watcher. The caller holds mu.
func (t *stateTopic) deliver(u Update) {
	for _, w := range t.watchers {
		w.push(u)
	}
}

// stands reports whether there is a value that is not too old. The caller holds mu.
func (t *stateTopic) stands(now time.Time) bool {
	return !t.at.IsZero() && now.Sub(t.at) < t.age
}

func (t *stateTopic) expired(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.stands(now)
}

// admit adds a watcher and gives it the current value; false means that the state is closed.
func (t *stateTopic) admit(w *Watcher, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	w.slot = len(t.watchers)
	t.watchers = append(t.watchers, w)
	if t.stands(now) {
		w.push(t.latest)
	}
	return true
}

// remove forgets w, which was admitted; the last watcher moves into its slot.
func (t *stateTopic) remove(w *Watcher) {
	t.mu.Lock()
	last := len(t.watchers) - 1
	t.watchers[w.slot] = t.watchers[last]
	t.watchers[w.slot].slot = w.slot
	t.watchers[last] = nil
	t.watchers = t.watchers[:last]
	t.mu.Unlock()
	t.drop()
}

func (t *stateTopic) close() []*Watcher {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return slices.Clone(t.watchers)
}
