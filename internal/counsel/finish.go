package counsel

import (
	"context"
	"errors"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/platform/db"
)

// end is how a reply ended.
type end struct {
	text    string
	said    outcome
	status  counselmessage.Status
	failure *counselmessage.Failure
}

// finish writes down how a reply ended and tells whoever listens. A reply of which nothing had come when the
// process ended is left to another process.
func (r *reply) finish(ctx context.Context, said outcome, err error) error {
	text := r.over()
	if errors.Is(err, errInterrupted) && text == "" {
		return r.release(ctx)
	}
	e := end{text: text, said: said, status: counselmessage.StatusCOMPLETED}
	switch {
	case errors.Is(err, errStopped):
		e.status = counselmessage.StatusCANCELLED
	case err != nil:
		why := failureOf(err)
		e.status, e.failure = counselmessage.StatusFAILED, &why
		r.deps.Logger.WarnContext(ctx, "a reply broke off", "message_id", r.row.ID, "author", r.row.Author, "failure", why, "error", err)
	}
	return r.conclude(ctx, r.row, e)
}

// release gives a reply back, so that another process writes it at once.
func (r *reply) release(ctx context.Context) error {
	return r.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselMessage.Update().
			Where(counselmessage.ID(r.row.ID), counselmessage.Writer(r.writer.id), counselmessage.StatusEQ(counselmessage.StatusSTREAMING)).
			SetLeasedUntil(r.now()).
			Exec(ctx)
	})
}

// conclude ends a message of this process: its row, the budgets, and the session, once no voice speaks any more,
// in a transaction that it may share with others. What another process writes is left alone.
func (w *writer) conclude(ctx context.Context, m *ent.CounselMessage, e end) error {
	body, err := w.seal(ctx, e.text, boundBody, m.ID)
	if err != nil {
		return err
	}
	one := &ending{end: e, row: m, body: body}
	if err := w.endings.do(ctx, one); err != nil {
		return db.Fault(err)
	}
	if one.err != nil || one.ended == nil {
		return one.err
	}
	w.channel.end(one.ended, e.text)
	w.deps.OnReply(Spent{
		Provider: one.ended.Provider.String(), PromptTokens: e.said.usage.PromptTokens,
		CompletionTokens: e.said.usage.CompletionTokens, Outcome: string(e.status),
	})
	return nil
}

// failureOf says why a reply broke off.
func failureOf(err error) counselmessage.Failure {
	for failure, kind := range map[counselmessage.Failure]error{
		counselmessage.FailureINTERRUPTED:  errInterrupted,
		counselmessage.FailureRATE_LIMITED: llm.ErrRateLimited,
		counselmessage.FailureTIMEOUT:      llm.ErrTimeout,
		counselmessage.FailureREFUSED:      llm.ErrRefused,
		counselmessage.FailureTOO_LONG:     llm.ErrTooLong,
	} {
		if errors.Is(err, kind) {
			return failure
		}
	}
	return counselmessage.FailureUNAVAILABLE
}
