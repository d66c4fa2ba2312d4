package counsel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// errNoSession says that the session of a reply is not there.
var errNoSession = errors.New("the session is gone")

// ending is a reply that comes to its end.
type ending struct {
	end
	row  *ent.CounselMessage
	body []byte

	// ended is the message as it is kept; nil when another process writes it.
	ended *ent.CounselMessage
	err   error
}

// writeEndings ends a batch of replies, with one statement for each table. It leaves those out whose session
// somebody else holds.
func (s *Service) writeEndings(ctx context.Context, batch []*ending, alone bool) (left []int, err error) {
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		e := &endings{Service: s, tx: tx, now: s.now(), batch: batch}
		// The sessions first, as everybody locks them first.
		if left, err = e.lock(ctx, alone); err != nil || len(left) == len(batch) {
			return err
		}
		if err := e.endRows(ctx); err != nil {
			return err
		}
		if err := e.learn(ctx); err != nil {
			return err
		}
		if err := e.moveOn(ctx); err != nil {
			return err
		}
		// Last, because everybody waits for the budget of the service.
		return e.settle(ctx)
	})
	return left, err
}

// endings are replies that end in one transaction.
type endings struct {
	*Service
	tx    *db.Tx
	now   time.Time
	batch []*ending

	sessions map[string]*ent.CounselSession
}

// lock locks the sessions. It returns those replies that it left out.
func (e *endings) lock(ctx context.Context, alone bool) (left []int, err error) {
	ids := make([]string, len(e.batch))
	for i, one := range e.batch {
		ids[i] = one.row.SessionID
		one.ended, one.err = nil, nil
	}
	if e.sessions, err = lockedSessions(ctx, e.tx, alone, ids); err != nil {
		return nil, err
	}
	for i, one := range e.batch {
		switch {
		case e.sessions[one.row.SessionID] != nil:
		case alone:
			one.err = fmt.Errorf("end message %s: %w", one.row.ID, errNoSession)
		default:
			left = append(left, i)
		}
	}
	return left, nil
}

// endRows writes the last states of the messages. What another process writes answers nothing.
func (e *endings) endRows(ctx context.Context) error {
	var ours []*ending
	byID := map[string]*ending{}
	for _, one := range e.batch {
		if e.sessions[one.row.SessionID] != nil {
			ours, byID[one.row.ID] = append(ours, one), one
		}
	}
	if len(ours) == 0 {
		return nil
	}
	ended, err := idsOf(e.tx.Query(ctx, changeMessages(e.tx.Dialect(),
		db.Together(db.SQL("body = v.body, status = v.status, failure = v.failure, offers_cards = v.offers_cards, "+
			"prompt_tokens = v.prompt_tokens, completion_tokens = v.completion_tokens, leased_until = NULL, finished_at = "), db.Arg(e.now)),
		db.Rows(ours, endedColumns...),
		db.Together(db.SQL("m.status = 'STREAMING' AND m.writer = "), db.Arg(e.writer.id)), "id")))
	if err != nil {
		return fmt.Errorf("end %d messages: %w", len(ours), err)
	}
	for _, id := range ended {
		byID[id].kept(e.now)
		e.tx.Touch(reads.Counsel)
	}
	return nil
}

// kept notes how the message stands in its row now.
func (one *ending) kept(now time.Time) {
	row := *one.row
	row.Status, row.Failure, row.OffersCards = one.status, one.failure, one.said.offersCards
	row.PromptTokens, row.CompletionTokens = &one.said.usage.PromptTokens, &one.said.usage.CompletionTokens
	row.Body, row.FinishedAt, row.LeasedUntil = one.body, &now, nil
	one.ended = &row
}

// learn keeps what the voices say of the clients' words in the place of what the rules said.
func (e *endings) learn(ctx context.Context) error {
	var told []*ending
	for _, one := range e.batch {
		if one.ended != nil && (len(one.said.emotions) > 0 || len(one.said.topics) > 0) {
			told = append(told, one)
		}
	}
	if len(told) == 0 {
		return nil
	}
	err := e.tx.Execute(ctx,
		db.SQL("UPDATE counsel_messages AS m SET emotions = COALESCE(v.emotions, m.emotions), topics = COALESCE(v.topics, m.topics) FROM "),
		db.Rows(told, learnedColumns...),
		db.SQL(" WHERE m.session_id = v.session_id AND m.turn = v.turn AND m.author = 'CLIENT'"))
	if err != nil {
		return fmt.Errorf("keep what %d sessions are about: %w", len(told), err)
	}
	return nil
}

// moveOn moves the sessions of whose turn the last reply has ended, and tells who watches them.
func (e *endings) moveOn(ctx context.Context) error {
	turns := map[string]int{} // by session
	for _, one := range e.batch {
		session := e.sessions[one.row.SessionID]
		if one.ended != nil && session.Status == counselsession.StatusSTREAMING && session.Turn == one.row.Turn { // or an expert has come
			turns[session.ID] = session.Turn
		}
	}
	if len(turns) == 0 {
		return nil
	}
	replies, readings, err := e.replies(ctx, turns)
	if err != nil {
		return err
	}
	moved := map[string]*ent.CounselSession{}
	var told []event.New
	for id := range turns {
		status := statusAfter(replies[id], readings[id])
		if status == counselsession.StatusSTREAMING {
			continue
		}
		session := e.sessions[id]
		session.Status, session.UpdatedAt = status, e.now
		moved[id] = session
		told = append(told, sessionChanged(id))
	}
	if err := moveSessions(ctx, e.tx, moved); err != nil {
		return err
	}
	return e.deps.Events.Record(ctx, e.tx, told...)
}

// replies returns the replies of turns, by session, and of which sessions the turn is a reading of cards.
func (e *endings) replies(ctx context.Context, turns map[string]int) (map[string][]*ent.CounselMessage, map[string]bool, error) {
	var ids, readers []string
	for id := range turns {
		ids = append(ids, id)
		if e.sessions[id].Kind == counselsession.KindTAROT {
			readers = append(readers, id)
		}
	}
	rows, err := e.tx.CounselMessage.Query().
		Where(counselmessage.SessionIDIn(ids...), counselmessage.AuthorNEQ(counselmessage.AuthorCLIENT)).
		Select(counselmessage.FieldSessionID, counselmessage.FieldTurn, counselmessage.FieldStatus, counselmessage.FieldOffersCards).
		All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look up the replies of %d sessions: %w", len(ids), err)
	}
	replies, readings := map[string][]*ent.CounselMessage{}, map[string]bool{}
	for _, row := range rows {
		if row.Turn == turns[row.SessionID] {
			replies[row.SessionID] = append(replies[row.SessionID], row)
		}
	}
	if len(readers) == 0 {
		return replies, readings, nil
	}
	draws, err := e.tx.CounselDraw.Query().Where(counseldraw.SessionIDIn(readers...)).
		Select(counseldraw.FieldSessionID, counseldraw.FieldTurn).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look up the cards of %d sessions: %w", len(readers), err)
	}
	for _, draw := range draws {
		if draw.Turn == turns[draw.SessionID] {
			readings[draw.SessionID] = true
		}
	}
	return replies, readings, nil
}

// settle settles what was set aside for the replies.
func (e *endings) settle(ctx context.Context) error {
	var spent []spending
	for _, one := range e.batch {
		if one.ended != nil {
			m, usage := one.ended, one.said.usage
			spent = append(spent, settlements(m.ReservedFor, m.ReservedDay, m.ReservedTokens, usage.PromptTokens+usage.CompletionTokens)...)
		}
	}
	return spend(ctx, e.tx, spent)
}

// What is written of replies that have ended.
var (
	endedColumns = []db.Column[*ending]{
		db.Col("id", func(e *ending) string { return e.row.ID }),
		db.Col("body", func(e *ending) []byte { return e.body }),
		db.Col("status", func(e *ending) string { return string(e.status) }),
		db.Col("failure", func(e *ending) *string { return (*string)(e.failure) }),
		db.Col("offers_cards", func(e *ending) bool { return e.said.offersCards }),
		db.Col("prompt_tokens", func(e *ending) int { return e.said.usage.PromptTokens }),
		db.Col("completion_tokens", func(e *ending) int { return e.said.usage.CompletionTokens }),
	}
	learnedColumns = []db.Column[*ending]{
		db.Col("session_id", func(e *ending) string { return e.row.SessionID }),
		db.Col("turn", func(e *ending) int { return e.row.Turn }),
		db.Col("emotions", func(e *ending) json.RawMessage { return learned(e.said.emotions) }),
		db.Col("topics", func(e *ending) json.RawMessage { return learned(e.said.topics) }),
	}
)

// learned writes what was said as JSON; nil when nothing was.
func learned[T ~string](said []T) json.RawMessage {
	if len(said) == 0 {
		return nil
	}
	return list(names(said))
}
