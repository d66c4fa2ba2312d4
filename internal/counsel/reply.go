package counsel

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// reply is a message that this process writes.
type reply struct {
	*writer
	task
	stop context.CancelCauseFunc

	mu      sync.Mutex
	text    []byte
	saved   int       // how much of the text is in the row
	savedAt time.Time // when the lease was renewed last
	ending  bool      // its end is being written, with all of the text
}

func newReply(w *writer, t task, stop context.CancelCauseFunc) *reply {
	return &reply{writer: w, task: t, stop: stop, savedAt: time.Now()}
}

// write lets a voice speak and writes down how it ended. ctx ends with the reply, writing with the process.
func (r *reply) write(ctx, writing context.Context) {
	said, err := r.speak(ctx)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	if errors.Is(err, errLost) {
		return
	}
	// What was said is kept, also when the reply was stopped or the process ends.
	kept := r.keepEnd(context.WithoutCancel(ctx), said, err)
	for errors.Is(kept, fault.Unavailable) && writing.Err() == nil {
		// The database is away or has too much to do. The lease is renewed meanwhile, as soon as that can be;
		// where it runs out, whoever takes the reply over ends it.
		select {
		case <-time.After(saveEvery):
			kept = r.keepEnd(context.WithoutCancel(ctx), said, err)
		case <-writing.Done():
		}
	}
	switch {
	case errors.Is(kept, errNoSession): // with the account of its client, for example
		r.deps.Logger.DebugContext(ctx, "a reply was not kept: its session is gone", "message_id", r.row.ID)
	case kept != nil:
		r.deps.Logger.ErrorContext(ctx, "a reply was not kept: another process will end it", "message_id", r.row.ID, "error", kept)
	}
}

// keepEnd writes down how the reply ended, if that can be done in time.
func (r *reply) keepEnd(ctx context.Context, said outcome, err error) error {
	ctx, cancel := context.WithTimeout(ctx, shortLease)
	defer cancel()
	return r.finish(ctx, said, err)
}

// speak gathers the conversation and hands it to the voice.
func (r *reply) speak(ctx context.Context) (outcome, error) {
	if r.part == nil {
		p, err := r.gather(ctx, r.row)
		if err != nil {
			return outcome{}, err
		}
		r.part = &p
	}
	return r.speakerOf(r.row).speak(ctx, *r.part, r.say)
}

// say adds what came and sends it to whoever listens, with all that is not in the row yet: who has just come, or
// has missed some, knows everything then by the row and what it hears next.
func (r *reply) say(delta string) error {
	if delta == "" {
		return nil
	}
	r.mu.Lock()
	from := len(r.text)
	r.text = append(r.text, delta...)
	if len(r.text)-r.saved <= maxUnsaved {
		from = r.saved
	}
	news := string(r.text[from:])
	r.mu.Unlock()
	r.channel.say(r.row, from, news, delta)
	return nil
}

// over returns the text, to which nothing comes any more.
func (r *reply) over() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending = true
	return string(r.text)
}

// soFar returns the text as it is now.
func (r *reply) soFar() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.text)
}

// unsaved returns the text when it must be saved, or its lease renewed, and when that was done last.
func (r *reply) unsaved(now time.Time) (text string, since time.Time, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if (r.ending || len(r.text) == r.saved) && now.Sub(r.savedAt) < renewEvery {
		return "", r.savedAt, false
	}
	return string(r.text), r.savedAt, true
}

// keptUpTo notes that so much of the text is in the row.
func (r *reply) keptUpTo(length int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved, r.savedAt = max(r.saved, length), now
}
