package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
)

// ErrNotFound says that there is no such event.
var ErrNotFound = errors.New("event not found")

// The rhythm of the relay.
const (
	// sweepEvery is how often a replica looks for events that nobody has published.
	sweepEvery = time.Second
	// markEvery bounds how long published events stay unmarked: marking in batches spares a commit
	// for each of them, and an event that is published twice after a crash is skipped by its id.
	markEvery = 100 * time.Millisecond
	// batch is the most events that are published or marked at once.
	batch = 256
	// backlog is the most events that wait in memory; beyond it the sweep picks them up from the rows.
	backlog = 65_536
	// endTime is how long the relay may go on when it is told to end.
	endTime = 3 * time.Second
)

// Options tune the log.
type Options struct {
	// Logger hears of failures. Defaults to no log.
	Logger *slog.Logger
	// Unpublished is told now and then how many events wait; nil for nobody.
	Unpublished func(n int)
}

// Log records events and relays them to the bus.
type Log struct {
	db          *db.DB
	bus         bus.Bus
	logger      *slog.Logger
	unpublished func(n int)
	late        []func(ctx context.Context, rows []*ent.Event)
	fresh       chan []*ent.Event
}

// NewLog returns the event log over the database and the bus. Nothing is published before [Log.Run].
func NewLog(d *db.DB, b bus.Bus, opts Options) *Log {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Unpublished == nil {
		opts.Unpublished = func(int) {}
	}
	return &Log{db: d, bus: b, logger: opts.Logger, unpublished: opts.Unpublished, fresh: make(chan []*ent.Event, backlog/64)}
}

// OnLate registers who is told of events that were found unpublished after a while: the process that recorded
// them may have ended before it did what it does after a commit. Register before Run.
func (l *Log) OnLate(tell func(ctx context.Context, rows []*ent.Event)) {
	l.late = append(l.late, tell)
}

// hand gives committed events to the relay. It never blocks: what finds no room is left to the sweep.
func (l *Log) hand(rows []*ent.Event) {
	select {
	case l.fresh <- rows:
	default:
	}
}

// relay is the state of one run.
type relay struct {
	*Log
	published []string
	// ending is closed when the relay is told to end.
	ending <-chan struct{}
}

// Run publishes events until ctx ends, then once more what has been committed meanwhile.
func (l *Log) Run(ctx context.Context) error {
	r := &relay{Log: l, ending: ctx.Done()}
	ctx, cancel := outlasting(ctx, endTime)
	defer cancel()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	mark := time.NewTicker(markEvery)
	defer mark.Stop()
	r.sweep(ctx, 0) // what a crash has left behind
	for {
		select {
		case rows := <-l.fresh:
			r.publish(ctx, r.gather(rows))
		case <-mark.C:
			r.mark(ctx)
		case <-sweep.C:
			r.sweep(ctx, graceful)
		case <-r.ending:
			return r.finish(ctx)
		}
	}
}

// outlasting returns a context that ends a while after another. What has begun when the other one ends is not cut
// off: nobody would know whether it was done.
func outlasting(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		timer := time.NewTimer(while)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, cancel
}

// gather takes along what else is waiting, up to a batch.
func (r *relay) gather(rows []*ent.Event) []*ent.Event {
	for len(rows) < batch {
		select {
		case more := <-r.fresh:
			rows = append(rows[:len(rows):len(rows)], more...)
		default:
			return rows
		}
	}
	return rows
}

// publish appends rows to their logs, in order, and remembers to mark them. It reports whether all went
// out; what did not stays in the rows for the sweep.
func (r *relay) publish(ctx context.Context, rows []*ent.Event) bool {
	byTopic := map[string][]bus.Message{}
	for _, row := range rows {
		byTopic[row.Topic] = append(byTopic[row.Topic], bus.Message{ID: row.ID, Key: row.Key, Payload: row.Payload})
	}
	all := true
	for topic, messages := range byTopic {
		if err := r.bus.Append(ctx, topic, messages...); err != nil {
			r.logger.WarnContext(ctx, "events wait for the bus", "topic", topic, "events", len(messages), "error", err)
			all = false
			continue
		}
		for _, m := range messages {
			r.published = append(r.published, m.ID)
		}
	}
	return all
}

// mark writes down which events have been published, and reports whether it could.
func (r *relay) mark(ctx context.Context) bool {
	for len(r.published) > 0 {
		ids := r.published[:min(len(r.published), batch)]
		err := r.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.Event.Update().Where(event.IDIn(ids...)).SetPublishedAt(time.Now()).Exec(ctx)
		})
		if err != nil {
			r.logger.WarnContext(ctx, "published events are not marked yet", "events", len(ids), "error", err)
			return false
		}
		r.published = r.published[len(ids):]
	}
	r.published = nil
	return true
}

// sweep publishes events that have waited longer than age: their process crashed, or the bus was away. It leaves
// the rest to others when the relay is told to end.
func (r *relay) sweep(ctx context.Context, age time.Duration) {
	for !r.isEnding() && r.mark(ctx) {
		rows, err := r.db.Read().Event.Query().
			Where(event.PublishedAtIsNil(), event.CreatedAtLT(time.Now().Add(-age))).
			Order(event.ByCreatedAt(sql.OrderAsc()), event.ByID(sql.OrderAsc())).
			Limit(batch).
			All(ctx)
		if err != nil {
			r.logger.WarnContext(ctx, "cannot look for unpublished events", "error", err)
			return
		}
		r.unpublished(len(rows))
		if len(rows) == 0 || !r.publish(ctx, rows) {
			return
		}
		for _, tell := range r.late {
			tell(ctx, rows)
		}
	}
}

func (r *relay) isEnding() bool {
	select {
	case <-r.ending:
		return true
	default:
		return false
	}
}

// finish publishes what was committed before the end, within the time that a shutdown has.
func (r *relay) finish(ctx context.Context) error {
	for {
		select {
		case rows := <-r.fresh:
			r.publish(ctx, r.gather(rows))
		default:
			if !r.mark(ctx) {
				return fmt.Errorf("%d published events are not marked: they will be published again and skipped", len(r.published))
			}
			return nil
		}
	}
}
