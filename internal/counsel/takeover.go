package counsel

import (
	"context"
	"sync"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// maxAttempts is how often a reply is begun: one that ends the process each time is given up.
	maxAttempts = 3
	// maxWait is how old a reply may be that is still begun: nobody waits for an older one.
	maxWait = 5 * time.Minute
	// sweepBatch is how many replies a process takes over at once.
	sweepBatch = 50
)

// takeOver looks for replies that nobody writes any more, for a while at least. One of which nothing had come is
// written; of another what had come is kept, and it is marked as interrupted.
func (w *writer) takeOver(ctx context.Context, grace time.Duration) {
	for w.takeOverSome(ctx, w.now().Add(-grace)) == sweepBatch { // a process that died may have left thousands
	}
}

// orphan is a reply that nobody writes any more.
type orphan struct {
	row  *ent.CounselMessage
	text string
	// again says that nothing had come of it.
	again bool
}

// takeOverSome takes over replies whose lease had run out at a time, and returns how many.
func (w *writer) takeOverSome(ctx context.Context, at time.Time) (taken int) {
	rows, err := w.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.StatusEQ(counselmessage.StatusSTREAMING), counselmessage.LeasedUntilLT(at)).
		Order(counselmessage.ByLeasedUntil()).
		Limit(sweepBatch).
		All(ctx)
	if err != nil {
		w.deps.Logger.WarnContext(ctx, "cannot look for replies that nobody writes", "error", err)
		return 0
	}
	won, err := w.adopt(ctx, w.orphans(ctx, rows), at)
	if err != nil {
		w.deps.Logger.WarnContext(ctx, "replies that nobody writes could not be taken over", "replies", len(rows), "error", err)
		return 0
	}
	var ending sync.WaitGroup // together, so that they share a transaction
	for _, o := range won {
		if o.again {
			w.start(ctx, task{row: o.row})
			continue
		}
		ending.Go(func() {
			if err := w.interrupt(ctx, o.row, o.text); err != nil {
				w.deps.Logger.WarnContext(ctx, "a reply that nobody writes could not be ended", "message_id", o.row.ID, "error", err)
			}
		})
	}
	ending.Wait()
	return len(won)
}

// orphans finds out what had come of replies. This process's own, which are only late, are none.
func (w *writer) orphans(ctx context.Context, rows []*ent.CounselMessage) []orphan {
	orphans := make([]orphan, 0, len(rows))
	for _, row := range rows {
		if w.reply(row.ID) != nil {
			continue
		}
		text, err := w.Text(ctx, row)
		if err != nil {
			w.deps.Logger.WarnContext(ctx, "a reply that nobody writes cannot be read", "message_id", row.ID, "error", err)
			continue
		}
		again := text == "" && !row.Cancelled && row.Attempt+1 < maxAttempts && w.now().Sub(row.CreatedAt) < maxWait
		if again {
			row.Attempt++
		}
		orphans = append(orphans, orphan{row, text, again})
	}
	return orphans
}

// adopt makes replies this process's own. It returns those with which no other was faster.
func (w *writer) adopt(ctx context.Context, orphans []orphan, at time.Time) (won []orphan, err error) {
	if len(orphans) == 0 {
		return nil, nil
	}
	mine := map[string]bool{}
	err = w.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(mine)
		ids, err := idsOf(tx.Query(ctx, changeMessages(tx.Dialect(),
			db.Together(db.SQL("attempt = v.attempt, writer = "), db.Arg(w.id), db.SQL(", leased_until = "), db.Arg(w.leaseEnd())),
			db.Rows(orphans,
				db.Col("id", func(o orphan) string { return o.row.ID }),
				db.Col("attempt", func(o orphan) int { return o.row.Attempt })),
			db.Together(db.SQL("m.status = 'STREAMING' AND m.leased_until < "), db.Arg(at)), "id")))
		for _, id := range ids {
			mine[id] = true
		}
		return err
	})
	for _, o := range orphans {
		if mine[o.row.ID] {
			won = append(won, o)
		}
	}
	return won, err
}

// interrupt ends a reply whose process has died. What it had said is kept.
func (w *writer) interrupt(ctx context.Context, row *ent.CounselMessage, text string) error {
	e := end{text: text, status: counselmessage.StatusFAILED, failure: new(counselmessage.Failure)}
	*e.failure = counselmessage.FailureINTERRUPTED
	if row.Cancelled {
		e.status, e.failure = counselmessage.StatusCANCELLED, nil
	}
	if row.ReservedTokens > 0 && text != "" { // nobody knows what the dead process was told: take what it was given
		e.said.usage.PromptTokens = overheadTokens
		e.said.usage.CompletionTokens = min(estimate(text), row.ReservedTokens)
	}
	return w.conclude(ctx, row, e)
}

// estimate returns about how many tokens a text has: Korean models make about one of two letters.
func estimate(text string) int { return len([]rune(text))/2 + 1 }
