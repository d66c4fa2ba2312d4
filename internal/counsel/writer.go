package counsel

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/moa-bff/moa/ent"
)

// The rhythm of writing.
const (
	// shortLease is how long a reply stays with a process that says nothing of it any more, and longLease with one
	// that has come to save it rarely: it has too much to do, and is not dead.
	shortLease = 6 * time.Second
	longLease  = 15 * time.Second
	// maxGrace is how long a lease may have run out before a process that is late itself takes the reply over.
	maxGrace = 2 * time.Second
	// saveEvery is how often what has come is written into the rows: what a crash can lose of a reply.
	saveEvery = 250 * time.Millisecond
	// renewEvery is how often a lease is renewed for which nothing has come.
	renewEvery = 2 * time.Second
	// sweepEvery is how often a process looks for replies that nobody writes any more.
	sweepEvery = 2 * time.Second
	// lastWords is how long replies may go on when the process ends.
	lastWords = 6 * time.Second
	// backlog is how many replies may wait to be begun; beyond it the sweep finds them.
	backlog = 4096
)

// Why the writing of a reply ends early: the cause of its context.
var (
	errStopped     = errors.New("the client stopped the reply")
	errInterrupted = errors.New("the process ends")
	errLost        = errors.New("another process writes the reply")
)

// writer writes the replies of this process.
type writer struct {
	*Service
	id    string
	fresh chan task
	pace  pace

	mu      sync.Mutex
	replies map[string]*reply // by the id of the message
	writing sync.WaitGroup
}

// grace returns for how long a lease must have run out before this process takes the reply over, when it has come
// after so long. A process that is late, or that saves slowly itself, finds leases run out that only could not be
// renewed in time.
func (w *writer) grace(after time.Duration) time.Duration {
	return min(max(after-sweepEvery, w.pace.slowest(time.Now())-saveEvery), maxGrace)
}

// task is a reply that is to be written.
type task struct {
	row *ent.CounselMessage
	// part is what it answers, where that is known without a look at the rows.
	part *part
}

func newWriter(s *Service, id string) *writer {
	return &writer{Service: s, id: id, fresh: make(chan task, backlog), replies: map[string]*reply{}}
}

// begin hands over the replies of a turn of this process that are to be written.
func (w *writer) begin(b *beginning) {
	for _, row := range b.turn.replies {
		select {
		case w.fresh <- task{row, b.partOf(row)}:
		default: // its lease will run out, and whoever has time then takes it
		}
	}
}

// leaseEnd returns until when a reply stays with this process from now on.
func (w *writer) leaseEnd() time.Time { return w.now().Add(w.pace.lease(time.Now())) }

// run writes replies until ctx ends and the last of them has come to an end.
func (w *writer) run(ctx context.Context) {
	// Writing outlives ctx by a moment.
	writing, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(nil)
	var keeper sync.WaitGroup
	saving, stopSaving := context.WithCancel(context.WithoutCancel(ctx))
	keeper.Go(func() { w.keep(saving) })
	w.accept(ctx, writing)
	w.drain(interrupt)
	stopSaving()
	keeper.Wait()
}

// accept starts replies until ctx ends.
func (w *writer) accept(ctx, writing context.Context) {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	rested := time.Now()
	for {
		select {
		case t := <-w.fresh:
			w.start(writing, t)
		case <-sweep.C:
			w.takeOver(writing, w.grace(time.Since(rested)))
			rested = time.Now()
		case <-ctx.Done():
			return
		}
	}
}

// start writes a reply in a goroutine of its own, until writing ends.
func (w *writer) start(writing context.Context, t task) {
	ctx, stop := context.WithCancelCause(writing)
	r := newReply(w, t, stop)
	w.mu.Lock()
	_, known := w.replies[t.row.ID]
	if !known {
		w.replies[t.row.ID] = r
	}
	w.mu.Unlock()
	if known {
		stop(nil)
		return
	}
	w.writing.Go(func() {
		defer stop(nil)
		defer w.forget(t.row.ID)
		r.write(ctx, writing)
	})
}

func (w *writer) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.replies, id)
}

// stop ends what this process writes for a session.
func (w *writer) stop(sessionID string) {
	for _, r := range w.running() {
		if r.row.SessionID == sessionID {
			r.stop(errStopped)
		}
	}
}

// running returns the replies that are being written.
func (w *writer) running() []*reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*reply, 0, len(w.replies))
	for _, r := range w.replies {
		all = append(all, r)
	}
	return all
}

// reply returns a reply that this process is writing; nil when it is not.
func (w *writer) reply(id string) *reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.replies[id]
}

// drain lets the replies become whole for a moment and then interrupts them.
func (w *writer) drain(interrupt context.CancelCauseFunc) {
	for waiting := true; waiting; { // what was begun and not started belongs to whoever comes next
		select {
		case <-w.fresh:
		default:
			waiting = false
		}
	}
	ended := make(chan struct{})
	go func() {
		w.writing.Wait()
		close(ended)
	}()
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		interrupt(errInterrupted)
		<-ended
	}
}
