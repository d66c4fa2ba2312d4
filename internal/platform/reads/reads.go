// Package reads knows which kept answers still hold.
//
// Whoever reads rows for an answer notes tags that name what it read ([Note]), and until when that holds
// by itself ([Until]); whoever changes rows names the tags whose readers would see something else now
// ([db.Tx.Touch]). An answer holds as long as none of its tags was dropped after its computation began:
// so what was read before a change can never pass for what came after it, whoever is faster.
//
// Tags are kept as slots, the hash of the tag into a table of fixed size. Two tags that share a slot cost
// an answer too many now and then, and never show a stale one.
package reads

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Slot is where a tag is kept.
type Slot uint16

// SlotOf returns the slot of a tag: FNV-1a, folded, and the same in every process.
func SlotOf(tag string) Slot {
	hash := uint32(2166136261)
	for i := range len(tag) {
		hash = (hash ^ uint32(tag[i])) * 16777619
	}
	return Slot(hash>>16 ^ hash&0xffff)
}

// Set is what a computation has read so far. It is safe for concurrent use.
type Set struct {
	mu    sync.Mutex
	slots []Slot
	until time.Time
}

type setKey struct{}

// Observe returns a context that gathers what is read under it.
func Observe(ctx context.Context) (context.Context, *Set) {
	set := &Set{}
	return context.WithValue(ctx, setKey{}, set), set
}

// Observed reports whether anybody gathers what is read. Where a note would cost a statement, ask first.
func Observed(ctx context.Context) bool { return of(ctx) != nil }

func of(ctx context.Context) *Set {
	set, _ := ctx.Value(setKey{}).(*Set)
	return set
}

// Note names what is read. Note ids that were not found, too: they may come to be.
func Note(ctx context.Context, tags ...string) {
	set := of(ctx)
	if set == nil {
		return
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, tag := range tags {
		set.slots = append(set.slots, SlotOf(tag))
	}
}

// Until says that what is read shows something else from t on, without any change. The zero time is
// never.
func Until(ctx context.Context, t time.Time) {
	set := of(ctx)
	if set == nil || t.IsZero() {
		return
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.until.IsZero() || t.Before(set.until) {
		set.until = t
	}
}

// Slots returns the slots of what was noted, each once and in order.
func (s *Set) Slots() []Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.slots)
	s.slots = slices.Compact(s.slots)
	return slices.Clone(s.slots)
}

// Until returns when the first of what was read shows something else by itself; zero for never.
func (s *Set) Until() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until
}
