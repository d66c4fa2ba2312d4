package counsel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
)

// saveBatch is how many replies one statement saves.
const saveBatch = 100

// checkpoint is the text of a reply at a moment.
type checkpoint struct {
	reply  *reply
	length int
	body   []byte
	since  time.Time // when the reply was saved last
}

// keep saves what replies have said, and renews their leases, until ctx ends.
func (w *writer) keep(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		due, err := w.due(ctx)
		for err == nil && len(due) > 0 {
			n := min(len(due), saveBatch)
			err = w.save(ctx, due[:n])
			due = due[n:]
		}
		if err == nil {
			w.pace.round(time.Now())
		} else if ctx.Err() == nil {
			w.deps.Logger.WarnContext(ctx, "what replies say is not kept for now", "error", err)
		}
	}
}

// due seals what must be saved.
func (w *writer) due(ctx context.Context) ([]checkpoint, error) {
	var due []checkpoint
	now := time.Now()
	for _, r := range w.running() {
		text, since, ok := r.unsaved(now)
		if !ok {
			continue
		}
		body, err := w.seal(ctx, text, boundBody, r.row.ID)
		if err != nil {
			return nil, err
		}
		due = append(due, checkpoint{reply: r, length: len(text), body: body, since: since})
	}
	// Where a round takes long, those come first whose lease runs out first.
	slices.SortFunc(due, func(a, b checkpoint) int { return a.since.Compare(b.since) })
	return due, nil
}

// save writes checkpoints in one statement. A reply whose row answers no more is somebody else's or gone, and
// one that its client wants to stop says so there, whichever process heard of it.
func (w *writer) save(ctx context.Context, batch []checkpoint) error {
	begun, stopped := time.Now(), map[string]bool{}
	err := w.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(stopped)
		rows, err := tx.Query(ctx, saveStatement(tx.Dialect(), w.id, w.leaseEnd(), batch))
		if err != nil {
			return fmt.Errorf("save %d replies: %w", len(batch), err)
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var (
				id        string
				cancelled bool
			)
			if err := rows.Scan(&id, &cancelled); err != nil {
				return fmt.Errorf("save %d replies: %w", len(batch), err)
			}
			stopped[id] = cancelled
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	for _, c := range batch {
		switch cancelled, mine := stopped[c.reply.row.ID]; {
		case !mine:
			c.reply.stop(errLost)
		case cancelled:
			c.reply.stop(errStopped)
		}
		c.reply.keptUpTo(c.length, begun)
	}
	return nil
}

// saveStatement is one statement for many rows: a thousand sessions that stream at once are saved four times a
// second.
func saveStatement(grammar, writer string, until time.Time, batch []checkpoint) db.Part {
	return changeMessages(grammar,
		db.Together(db.SQL("body = v.body, leased_until = "), db.Arg(until)),
		db.Rows(batch,
			db.Col("id", func(c checkpoint) string { return c.reply.row.ID }),
			db.Col("body", func(c checkpoint) []byte { return c.body })),
		db.Together(db.SQL("m.status = 'STREAMING' AND m.writer = "), db.Arg(writer)), "id", "cancelled")
}
