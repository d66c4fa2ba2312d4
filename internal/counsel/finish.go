package counsel

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
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
	text := r.soFar()
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

// conclude ends a message of this process: its row, the budgets, and the session, once no voice speaks any
// more. What another process writes is left alone.
func (w *writer) conclude(ctx context.Context, m *ent.CounselMessage, e end) error {
	body, err := w.seal(ctx, e.text, boundBody, m.ID)
	if err != nil {
		return err
	}
	var ended *ent.CounselMessage
	err = w.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		// The session first, as everybody locks it first.
		session, err := locked(ctx, tx, counselsession.ID(m.SessionID))
		if err != nil {
			return fmt.Errorf("get session %s: %w", m.SessionID, err)
		}
		if ended, err = w.endRow(ctx, tx, m, e, body); err != nil || ended == nil {
			return err
		}
		if err := learn(ctx, tx, m, e.said); err != nil {
			return err
		}
		if err := w.moveOn(ctx, tx, session, m.Turn); err != nil {
			return err
		}
		// Last, because everybody waits for the budget of the service.
		return w.settleReply(ctx, tx, ended, e.said.usage.PromptTokens+e.said.usage.CompletionTokens)
	})
	if err != nil || ended == nil {
		return db.Fault(err)
	}
	w.channel.end(ended, e.text)
	w.deps.OnReply(Spent{
		Provider: ended.Provider.String(), PromptTokens: e.said.usage.PromptTokens,
		CompletionTokens: e.said.usage.CompletionTokens, Outcome: string(e.status),
	})
	return nil
}

// endRow writes the last state of a message; nil when another process writes it.
func (w *writer) endRow(ctx context.Context, tx *db.Tx, m *ent.CounselMessage, e end, body []byte) (*ent.CounselMessage, error) {
	n, err := tx.CounselMessage.Update().
		Where(counselmessage.ID(m.ID), counselmessage.Writer(w.id), counselmessage.StatusEQ(counselmessage.StatusSTREAMING)).
		SetBody(body).SetStatus(e.status).SetNillableFailure(e.failure).SetOffersCards(e.said.offersCards).
		SetPromptTokens(e.said.usage.PromptTokens).SetCompletionTokens(e.said.usage.CompletionTokens).
		SetFinishedAt(w.now()).ClearLeasedUntil().
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("end message %s: %w", m.ID, err)
	}
	if n == 0 {
		return nil, nil
	}
	tx.Touch(reads.Counsel)
	return tx.CounselMessage.Get(ctx, m.ID)
}

// learn keeps what the voice says of the client's word in the place of what the rules said.
func learn(ctx context.Context, tx *db.Tx, m *ent.CounselMessage, said outcome) error {
	if len(said.emotions) == 0 && len(said.topics) == 0 {
		return nil
	}
	update := tx.CounselMessage.Update().Where(counselmessage.SessionID(m.SessionID), counselmessage.Turn(m.Turn),
		counselmessage.AuthorEQ(counselmessage.AuthorCLIENT))
	if len(said.emotions) > 0 {
		update.SetEmotions(names[insight.Emotion](said.emotions))
	}
	if len(said.topics) > 0 {
		update.SetTopics(names[insight.Topic](said.topics))
	}
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("keep what session %s is about: %w", m.SessionID, err)
	}
	return nil
}

// moveOn moves the session when the last reply of its turn has ended.
func (s *Service) moveOn(ctx context.Context, tx *db.Tx, session *ent.CounselSession, number int) error {
	if session.Status != counselsession.StatusSTREAMING || session.Turn != number {
		return nil // an expert has come meanwhile
	}
	replies, err := tx.CounselMessage.Query().
		Where(counselmessage.SessionID(session.ID), counselmessage.Turn(number), counselmessage.AuthorNEQ(counselmessage.AuthorCLIENT)).
		All(ctx)
	if err != nil {
		return fmt.Errorf("look up the replies of %s: %w", session.ID, err)
	}
	reading, err := tx.CounselDraw.Query().Where(counseldraw.SessionID(session.ID), counseldraw.Turn(number)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look up the cards of %s: %w", session.ID, err)
	}
	status := statusAfter(replies, reading)
	if status == counselsession.StatusSTREAMING {
		return nil
	}
	t := &turn{Service: s, tx: tx, session: session, number: session.MessagesCount}
	_, err = t.move(ctx, status)
	return err
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
