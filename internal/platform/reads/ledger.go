package reads

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// slots is how many slots there are: one more than the largest [Slot].
const slots = 1 << 16

// Everything is the tag that drops every answer.
const Everything = "*"

// Ledger remembers when each tag was dropped last. It is safe for concurrent use, and reading it takes no
// lock.
type Ledger struct {
	// drops counts the drops: the time of this process, as far as answers go.
	drops   atomic.Uint64
	all     atomic.Uint64
	dropped [slots]atomic.Uint64

	mu        sync.RWMutex
	listeners map[*listener]struct{}

	// peers is set where other processes change the same rows, see [Link].
	peers *peers
}

// NewLedger returns the ledger of a process that alone changes the rows.
func NewLedger() *Ledger { return &Ledger{listeners: map[*listener]struct{}{}} }

// NewSharedLedger returns the ledger of one of several processes. It trusts no answer before a [Link] has
// brought the processes together.
func NewSharedLedger() *Ledger {
	l := NewLedger()
	l.peers = newPeers()
	return l
}

// Mark is the beginning of a computation.
type Mark struct {
	drops uint64
	// Heard and Epoch say what was known of other processes, see [Ledger.HoldsElsewhere].
	Heard uint64
	Epoch string
}

// Begin returns the mark of a computation that begins now, before it reads anything.
func (l *Ledger) Begin() Mark {
	mark := Mark{drops: l.drops.Load()}
	if p := l.peers; p != nil {
		mark.Heard, mark.Epoch = p.position()
	}
	return mark
}

// Trusted reports whether this process knows what others have changed until a moment ago. What is kept
// must not be served otherwise.
func (l *Ledger) Trusted() bool {
	return l.peers == nil || l.peers.fresh()
}

// Holds reports whether an answer that began at the mark and read these slots still holds.
func (l *Ledger) Holds(m Mark, read []Slot) bool {
	if l.all.Load() > m.drops {
		return false
	}
	for _, s := range read {
		if l.dropped[s].Load() > m.drops {
			return false
		}
	}
	return true
}

// HoldsElsewhere reports whether an answer that another process began, when it had heard the messages up
// to heard in this epoch, still holds.
func (l *Ledger) HoldsElsewhere(epoch string, heard uint64, read []Slot) bool {
	return l.peers != nil && l.peers.holds(epoch, heard, read)
}

// Settle waits until other processes have been told of what was dropped of the slots here, ctx ends, or they cannot
// be told. What begins then can be seen elsewhere to know of it: without the wait, [Ledger.HoldsElsewhere] may be
// false for it.
func (l *Ledger) Settle(ctx context.Context, read []Slot) {
	if l.peers != nil {
		l.peers.settle(ctx, read)
	}
}

// listener is somebody who is told of drops.
type listener struct {
	slots   []Slot
	dropped func()
}

// Listen calls dropped after each drop of one of the slots, here or in another process, until stop is called.
// What begins then, knows of the drop. dropped must not wait: whoever has changed something waits for it.
func (l *Ledger) Listen(slots []Slot, dropped func()) (stop func()) {
	one := &listener{slots, dropped}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listeners[one] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.listeners, one)
	}
}

// Drop ends every answer that has read one of the tags. When it returns, none of them is served here any
// more; other processes are told.
func (l *Ledger) Drop(tags ...string) {
	if len(tags) == 0 {
		return
	}
	dropped, all := make([]Slot, 0, len(tags)), false
	for _, tag := range tags {
		all = all || tag == Everything
		dropped = append(dropped, SlotOf(tag))
	}
	if l.peers != nil { // before it counts here: see peers.holds
		l.peers.tell(dropped, all)
	}
	l.forget(dropped, all)
}

// hear takes in what the message with a number says. First it is written down that something was dropped,
// so that no older answer is fetched; then it is dropped; and only then is what is left trusted. What
// this process has told itself is dropped here already.
func (l *Ledger) hear(number uint64, m message, now time.Time) {
	missed := l.peers.note(number, m, now)
	own := m.Member == l.peers.self
	if missed || !own && (m.All || len(m.Slots) > 0) {
		l.forget(m.Slots, m.All || missed)
	}
	l.peers.trust(now)
}

// forget writes drops down, and then tells of them. Of two at once the later number stays.
func (l *Ledger) forget(dropped []Slot, all bool) {
	now := l.drops.Add(1)
	if all {
		raise(&l.all, now)
	}
	for _, s := range dropped {
		raise(&l.dropped[s], now)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for one := range l.listeners {
		if all || slices.ContainsFunc(one.slots, func(s Slot) bool { return slices.Contains(dropped, s) }) {
			one.dropped()
		}
	}
}

func raise(n *atomic.Uint64, to uint64) {
	for {
		at := n.Load()
		if at >= to || n.CompareAndSwap(at, to) {
			return
		}
	}
}
