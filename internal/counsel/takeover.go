package counsel

import (
	"context"
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

// takeOver looks for replies that nobody writes any more. One of which nothing had come is written; of another
// what had come is kept, and it is marked as interrupted.
func (w *writer) takeOver(ctx context.Context) {
	for w.takeOverSome(ctx) == sweepBatch { // a process that died may have left thousands
	}
}

// takeOverSome returns how many replies it took over.
func (w *writer) takeOverSome(ctx context.Context) (taken int) {
	rows, err := w.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.StatusEQ(counselmessage.StatusSTREAMING), counselmessage.LeasedUntilLT(w.now())).
		Order(counselmessage.ByLeasedUntil()).
		Limit(sweepBatch).
		All(ctx)
	if err != nil {
		w.deps.Logger.WarnContext(ctx, "cannot look for replies that nobody writes", "error", err)
		return 0
	}
	for _, row := range rows {
		won, err := w.adopt(ctx, row)
		if err != nil {
			w.deps.Logger.WarnContext(ctx, "a reply that nobody writes could not be taken over", "message_id", row.ID, "error", err)
			return 0
		}
		if won {
			taken++
		}
	}
	return taken
}

// adopt makes a reply this process's own; false when another was faster.
func (w *writer) adopt(ctx context.Context, row *ent.CounselMessage) (won bool, err error) {
	if w.reply(row.ID) != nil {
		return false, nil // ours, only late
	}
	text, err := w.Text(ctx, row)
	if err != nil {
		return false, err
	}
	again := text == "" && !row.Cancelled && row.Attempt+1 < maxAttempts && w.now().Sub(row.CreatedAt) < maxWait
	if again {
		row.Attempt++
	}
	err = w.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.CounselMessage.Update().
			Where(counselmessage.ID(row.ID), counselmessage.StatusEQ(counselmessage.StatusSTREAMING), counselmessage.LeasedUntilLT(w.now())).
			SetWriter(w.id).SetLeasedUntil(w.now().Add(lease)).SetAttempt(row.Attempt).
			Save(ctx)
		won = n == 1
		return err
	})
	if err != nil || !won {
		return false, err
	}
	if again {
		w.start(ctx, row)
		return true, nil
	}
	return true, w.interrupt(ctx, row, text)
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
