package bus

import (
	"context"
	"sync"
)

// Place is where an event of a log stands.
type Place struct {
	// Cursor continues the log after the event.
	Cursor string
	// Reset says that the event tells of a loss. An entry of the log may have the same cursor.
	Reset bool
}

// Trail is what a live field leaves behind on its way through a log: where it began, and the place of
// each event that it handed on. Whoever knows the trail can begin the field anew where it stood, so that
// nobody misses an event or gets one twice.
type Trail struct {
	mu     sync.Mutex
	follow int    // how often Follow was called
	began  string // the cursor after which the reader's entries come
	passed []Place
	ended  bool
}

type (
	trailKey  struct{}
	resumeKey struct{}
)

// Track returns a context whose live field leaves a trail. Take each place with [Trail.Next], or they
// pile up until [Trail.End].
func Track(ctx context.Context) (context.Context, *Trail) {
	t := &Trail{}
	return context.WithValue(ctx, trailKey{}, t), t
}

// Resume returns a context in which [Bus.Follow] begins after a cursor, whatever it is asked for. It is for
// a field that follows one log, which began elsewhere and goes on here.
func Resume(ctx context.Context, after string) context.Context {
	return context.WithValue(ctx, resumeKey{}, after)
}

// Untracked returns a context in which [Bus.Follow] leaves no trail and begins where it is asked to. It is for a
// field whose cursors are its own: what they name is no place in a log of a bus.
func Untracked(ctx context.Context) context.Context {
	return context.WithValue(context.WithValue(ctx, trailKey{}, nil), resumeKey{}, nil)
}

// Pass notes that the field of ctx is about to hand on the event at a place. It belongs right before the
// event is sent, in the goroutine that sends it. Without [Track] it does nothing.
func Pass(ctx context.Context, at Place) {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.ended {
			t.passed = append(t.passed, at)
		}
	}
}

// Start returns the cursor after which the field's events come. It is false unless the field follows
// exactly one log.
func (t *Trail) Start() (cursor string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.began, t.follow == 1
}

// Next takes the place of the oldest event that was handed on and not taken yet; false when there is none.
func (t *Trail) Next() (at Place, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.passed) == 0 {
		return Place{}, false
	}
	at, t.passed = t.passed[0], t.passed[1:]
	return at, true
}

// End stops noting: nobody takes places any more.
func (t *Trail) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended, t.passed = true, nil
}

// resumed returns where a reader is to begin.
func resumed(ctx context.Context, after string) string {
	if cursor, ok := ctx.Value(resumeKey{}).(string); ok {
		return cursor
	}
	return after
}

// begin notes where the reader of ctx began.
func begin(ctx context.Context, cursor string) {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.follow++
		t.began = cursor
	}
}
