package counsel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// writeBeginnings decides a batch of beginnings by the rows and writes what becomes of them, with one statement for
// each table. It leaves those out whose session somebody else holds.
func (s *Service) writeBeginnings(ctx context.Context, batch []*beginning, alone bool) (left []int, err error) {
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		t := &turns{Service: s, tx: tx, now: s.now(), alone: alone, batch: batch}
		if err := t.load(ctx); err != nil {
			return err
		}
		left = t.decide()
		return t.write(ctx)
	})
	return left, err
}

// turns are beginnings that share a transaction.
type turns struct {
	*Service
	tx    *db.Tx
	now   time.Time
	alone bool
	batch []*beginning

	gone     []string // the users whose account is no more
	keys     *idempotency.Book
	sessions map[string]*ent.CounselSession // those that were there before
	drawn    map[string][]*ent.CounselDraw  // by session
}

// load keeps the accounts of who asks, locks the sessions, and reads what the decisions need.
func (t *turns) load(ctx context.Context) (err error) {
	var users, sessions, draws []string
	requests := make([]idempotency.Request, len(t.batch))
	for i, b := range t.batch {
		requests[i] = b.request
		if b.who.userID != "" {
			users = append(users, b.who.userID)
		}
		if b.sessionID != "" {
			sessions = append(sessions, b.sessionID)
		}
		if b.positions != nil {
			draws = append(draws, b.sessionID)
		}
	}
	if len(users) > 0 {
		if t.gone, err = t.tx.GoneUsers(ctx, users...); err != nil {
			return err
		}
	}
	if t.keys, err = idempotency.Open(ctx, t.tx.Client, requests...); err != nil {
		return err
	}
	if t.sessions, err = lockedSessions(ctx, t.tx, t.alone, sessions); err != nil {
		return err
	}
	return t.loadDraws(ctx, draws)
}

func (t *turns) loadDraws(ctx context.Context, sessions []string) error {
	t.drawn = map[string][]*ent.CounselDraw{}
	if len(sessions) == 0 {
		return nil
	}
	rows, err := t.tx.CounselDraw.Query().Where(counseldraw.SessionIDIn(sessions...)).All(ctx)
	if err != nil {
		return fmt.Errorf("look up the cards of %d sessions: %w", len(sessions), err)
	}
	for _, row := range rows {
		t.drawn[row.SessionID] = append(t.drawn[row.SessionID], row)
	}
	return nil
}

// lockedSessions returns sessions that nobody else changes before the transaction ends, by their ids. It waits for
// those that somebody else holds when it is asked to, and leaves them out otherwise: one that is held must not
// hold up all.
func lockedSessions(ctx context.Context, tx *db.Tx, wait bool, ids []string) (map[string]*ent.CounselSession, error) {
	byID := make(map[string]*ent.CounselSession, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	query := tx.CounselSession.Query().Where(counselsession.IDIn(ids...)).Order(counselsession.ByID())
	if tx.PGX() != nil { // on SQLite the transaction holds everything
		var action []entsql.LockOption
		if !wait {
			action = append(action, entsql.WithLockAction(entsql.SkipLocked))
		}
		query.ForUpdate(action...)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock %d sessions: %w", len(ids), err)
	}
	for _, row := range rows {
		byID[row.ID] = row
	}
	return byID, nil
}

// decide goes through the beginnings in the order of their coming. It returns those that it left out.
func (t *turns) decide() (left []int) {
	for i, b := range t.batch {
		b.turn = turn{}
		if b.sessionID != "" && t.sessions[b.sessionID] == nil && !t.alone {
			left = append(left, i)
			continue
		}
		if b.made, b.err = t.keys.Earlier(b.request); b.err != nil || b.made != "" {
			continue
		}
		if b.err = t.decideOne(b); b.err != nil {
			continue
		}
		t.keys.Note(b.request, b.made)
		b.speak(t.now)
		if b.turn.word != nil && b.turn.word.Crisis && b.session.CrisisAt == nil {
			b.session.CrisisAt, b.isCrisis = &t.now, true
		}
		b.listen(t.writer.id, t.writer.leaseEnd(), t.now)
		b.session.UpdatedAt = t.now
	}
	return left
}

func (t *turns) decideOne(b *beginning) error {
	if b.who.isNobody() || slices.Contains(t.gone, b.who.userID) {
		return fault.Unauthenticated
	}
	if b.opening != nil {
		b.session, b.made = b.opening.session(b.who, t.now), b.opening.id
		return nil
	}
	return b.decide(t.sessions[b.sessionID], t.drawn[b.sessionID], t.now)
}

// write writes what was decided. The budgets come after the sessions, as everybody locks them, and as late as can
// be.
func (t *turns) write(ctx context.Context) error {
	var (
		fresh    []*ent.CounselSession
		moved    = map[string]*ent.CounselSession{}
		draws    []*ent.CounselDraw
		messages []*ent.CounselMessage
		events   []event.New
	)
	for _, b := range t.batch {
		switch {
		case b.session == nil:
			continue
		case b.opening != nil:
			fresh = append(fresh, b.session)
		default:
			moved[b.sessionID] = b.session
		}
		if b.turn.word != nil {
			messages = append(messages, b.turn.word)
		}
		draws, messages = append(draws, b.draws...), append(messages, b.turn.replies...)
		events = append(events, b.events()...)
		t.tx.AfterCommit(func() { t.handOver(b) })
	}
	if len(events) == 0 {
		return nil
	}
	t.tx.Touch(reads.Counsel)
	if err := db.Insert(ctx, t.tx, counselsession.Table, sessionColumns, fresh); err != nil {
		return fmt.Errorf("write %d sessions: %w", len(fresh), err)
	}
	if err := moveSessions(ctx, t.tx, moved); err != nil {
		return err
	}
	if err := db.Insert(ctx, t.tx, counseldraw.Table, drawColumns, draws); err != nil {
		return fmt.Errorf("write %d cards: %w", len(draws), err)
	}
	if err := t.provide(ctx); err != nil {
		return err
	}
	if err := db.Insert(ctx, t.tx, counselmessage.Table, messageColumns, messages); err != nil {
		return fmt.Errorf("write %d messages: %w", len(messages), err)
	}
	if err := t.deps.Events.Record(ctx, t.tx, events...); err != nil {
		return err
	}
	return t.keys.Keep(ctx, t.tx)
}

// provide decides who answers: the language model, where there is one and its budget suffices.
func (t *turns) provide(ctx context.Context) error {
	var clients []client
	for _, b := range t.batch {
		for _, m := range b.turn.replies {
			offline := counselmessage.ProviderOFFLINE
			m.Provider = &offline
			clients = append(clients, ownerOf(b.session))
		}
	}
	if t.model == nil || len(clients) == 0 {
		return nil
	}
	p, err := t.openPurse(ctx, t.tx, t.today(), clients...)
	if err != nil {
		return err
	}
	provider := counselmessage.Provider(t.deps.Model.Provider())
	for _, b := range t.batch {
		who, tokens := ownerOf(b.session), b.stage.reserve()
		for _, m := range b.turn.replies {
			if m.OverBudget = !p.take(who, tokens); !m.OverBudget {
				m.Provider, m.ReservedTokens, m.ReservedDay, m.ReservedFor = &provider, tokens, p.day, who.name()
			}
		}
	}
	return p.close(ctx, t.tx)
}

// handOver gives the replies to the writer. A word that no voice answers is for the other side, which listens.
func (t *turns) handOver(b *beginning) {
	if b.opening == nil && b.turn.word != nil && len(b.turn.replies) == 0 {
		t.channel.end(b.turn.word, b.word.text)
	}
	t.writer.begin(b)
}

// events tell that the session stands elsewhere, and operators, once, that a client speaks of self-harm: without
// a word of it.
func (b *beginning) events() []event.New {
	id := b.session.ID
	told := []event.New{sessionChanged(id)}
	if b.isCrisis {
		told = append(told, event.New{Topic: TopicCrisis, Key: id, Subject: id, Payload: map[string]any{"sessionId": id}})
	}
	return told
}

// tellChanged records that a session stands elsewhere.
func (s *Service) tellChanged(ctx context.Context, tx *db.Tx, sessionID string) error {
	tx.Touch(reads.Counsel)
	return s.deps.Events.Record(ctx, tx, sessionChanged(sessionID))
}

// sessionChanged is the news that a session stands elsewhere.
func sessionChanged(sessionID string) event.New {
	return event.New{Topic: TopicChanged, Key: sessionID, Subject: sessionID, Payload: map[string]any{"sessionId": sessionID}}
}

// moveSessions writes down where sessions stand that were there before.
func moveSessions(ctx context.Context, tx *db.Tx, moved map[string]*ent.CounselSession) error {
	if len(moved) == 0 {
		return nil
	}
	rows := slices.Collect(maps.Values(moved))
	err := tx.Execute(ctx,
		db.SQL("UPDATE counsel_sessions AS s SET status = v.status, turn = v.turn, messages_count = v.messages_count, "+
			"crisis_at = v.crisis_at, updated_at = v.updated_at FROM "),
		db.Rows(rows, movedColumns...), db.SQL(" WHERE s.id = v.id"))
	if err != nil {
		return fmt.Errorf("move %d sessions: %w", len(moved), err)
	}
	return nil
}
