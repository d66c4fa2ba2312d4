//go:build linux

package load

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hall is where everybody hears of the changes of a state: by the number that each of them brings.
type hall struct {
	begun   time.Time
	started time.Time // when the first change was asked for; for the teller alone
	base    int
	told    []atomic.Int64 // when each change was asked for, since begun
	heard   [][]time.Duration
	missing []atomic.Int64 // how many have not heard of each change
	seen    []int          // the last change that each has heard of, −1 for none
	stirred chan struct{}
}

func newHall(people, base, changes int) *hall {
	h := &hall{
		begun: time.Now(), base: base, told: make([]atomic.Int64, changes+1), heard: make([][]time.Duration, changes+1),
		missing: make([]atomic.Int64, changes+1), seen: make([]int, people), stirred: make(chan struct{}, 1),
	}
	for i := range h.missing {
		h.missing[i].Store(int64(people))
	}
	for i := range h.seen {
		h.seen[i] = -1
	}
	return h
}

// tell notes that a change is asked for.
func (h *hall) tell(n int) {
	if n == 1 {
		h.started = time.Now()
	}
	h.told[n].Store(int64(time.Since(h.begun)))
}

// hear is called by one goroutine. Who skips a change has heard of it with the next.
func (h *hall) hear(person, number int, at time.Time) {
	for n := h.seen[person] + 1; n <= number-h.base; n++ {
		h.heard[n] = append(h.heard[n], at.Sub(h.begun)-time.Duration(h.told[n].Load()))
		h.missing[n].Add(-1)
	}
	h.seen[person] = max(h.seen[person], number-h.base)
	select {
	case h.stirred <- struct{}{}:
	default:
	}
}

// wait waits until everybody has heard of a change.
func (h *hall) wait(t *testing.T, n int) {
	t.Helper()
	late := time.After(patience)
	for h.missing[n].Load() > 0 {
		select {
		case <-h.stirred:
		case <-late:
			require.FailNow(t, "not everybody hears", "%d do not hear of %d", h.missing[n].Load(), n)
		}
	}
}

// times returns how long everybody waited for the changes, without the first value.
func (h *hall) times() (all []time.Duration) {
	for _, times := range h.heard[1:] {
		all = append(all, times...)
	}
	return all
}

// ears are what everybody hears of a log.
type ears struct {
	mu      sync.Mutex
	counts  []int
	orders  []uint64 // a digest of the numbers in their order
	want    int
	missing int
	heard   int
	first   time.Time
	last    time.Time
	done    chan struct{}
}

func newEars(people int) *ears {
	e := &ears{counts: make([]int, people), orders: make([]uint64, people), done: make(chan struct{})}
	e.missing = people
	return e
}

func (e *ears) hear(person, number int, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard == 0 {
		e.first = at
	}
	e.heard++
	e.last = at
	e.counts[person]++
	e.orders[person] = e.orders[person]*1_000_003 + uint64(number) + 1
	if e.counts[person] == e.want {
		if e.missing--; e.missing == 0 {
			close(e.done)
		}
	}
}

// awake reports whether everybody has heard anything.
func (e *ears) awake() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.counts {
		if n == 0 {
			return false
		}
	}
	return true
}

// settle waits until nobody hears anything any more.
func (e *ears) settle(t *testing.T) {
	t.Helper()
	for last := -1; ; {
		e.mu.Lock()
		heard := e.heard
		e.mu.Unlock()
		if heard == last {
			return
		}
		last = heard
		require.True(t, await(t.Context(), time.Now().Add(300*time.Millisecond)))
	}
}

// expect forgets what was heard: from now on everybody is to hear so many events.
func (e *ears) expect(events int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.counts)
	clear(e.orders)
	e.want, e.missing, e.heard, e.done = events, len(e.counts), 0, make(chan struct{})
}

// wait waits until everybody has heard everything, and returns how long that took from the first to the
// last that anybody heard.
func (e *ears) wait(t *testing.T) time.Duration {
	t.Helper()
	select {
	case <-e.done:
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.last.Sub(e.first)
	case <-time.After(patience):
		e.mu.Lock()
		defer e.mu.Unlock()
		require.FailNow(t, "not everybody hears", "%d do not, %d events in all", e.missing, e.heard)
	}
	return 0
}

// requireEqual demands that everybody has heard the same in the same order, and nothing twice.
func (e *ears) requireEqual(t *testing.T) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.counts {
		require.Equal(t, e.want, e.counts[i], "person %d", i)
		require.Equal(t, e.orders[0], e.orders[i], "person %d", i)
	}
}
