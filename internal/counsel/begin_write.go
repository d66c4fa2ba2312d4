package counsel

import (
	"context"
	"encoding/json"
	"fmt"
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
	if err := insert(ctx, t.tx, counselsession.Table, sessionColumns, fresh); err != nil {
		return fmt.Errorf("write %d sessions: %w", len(fresh), err)
	}
	if err := moveSessions(ctx, t.tx, moved); err != nil {
		return err
	}
	if err := insert(ctx, t.tx, counseldraw.Table, drawColumns, draws); err != nil {
		return fmt.Errorf("write %d cards: %w", len(draws), err)
	}
	if err := t.provide(ctx); err != nil {
		return err
	}
	if err := insert(ctx, t.tx, counselmessage.Table, messageColumns, messages); err != nil {
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
	v := values{types: []string{"text", "text", "bigint", "bigint", "timestamptz", "timestamptz"}}
	for _, row := range moved {
		v.rows = append(v.rows, []any{row.ID, string(row.Status), row.Turn, row.MessagesCount, optional(row.CrisisAt), row.UpdatedAt})
	}
	err := execute(ctx, tx, newStatement(tx.Dialect()).write(
		"UPDATE counsel_sessions AS s SET status = v.column2, turn = v.column3, messages_count = v.column4, "+
			"crisis_at = v.column5, updated_at = v.column6 FROM ", v, " WHERE s.id = v.column1"))
	if err != nil {
		return fmt.Errorf("move %d sessions: %w", len(moved), err)
	}
	return nil
}

// What is written of new rows; the rest is as the database has it by itself.
var (
	sessionColumns = []column[*ent.CounselSession]{
		{"id", "text", func(s *ent.CounselSession) any { return s.ID }},
		{"created_at", "timestamptz", func(s *ent.CounselSession) any { return s.CreatedAt }},
		{"user_id", "text", func(s *ent.CounselSession) any { return optional(s.UserID) }},
		{"guest_id", "text", func(s *ent.CounselSession) any { return optional(s.GuestID) }},
		{"kind", "text", func(s *ent.CounselSession) any { return string(s.Kind) }},
		{"status", "text", func(s *ent.CounselSession) any { return string(s.Status) }},
		{"title", "bytea", func(s *ent.CounselSession) any { return s.Title }},
		{"language", "text", func(s *ent.CounselSession) any { return s.Language }},
		{"turn", "bigint", func(s *ent.CounselSession) any { return s.Turn }},
		{"messages_count", "bigint", func(s *ent.CounselSession) any { return s.MessagesCount }},
		{"crisis_at", "timestamptz", func(s *ent.CounselSession) any { return optional(s.CrisisAt) }},
		{"waiting_since", "timestamptz", func(s *ent.CounselSession) any { return optional(s.WaitingSince) }},
		{"history_shared", "boolean", func(s *ent.CounselSession) any { return s.HistoryShared }},
		{"updated_at", "timestamptz", func(s *ent.CounselSession) any { return s.UpdatedAt }},
	}
	drawColumns = []column[*ent.CounselDraw]{
		{"id", "text", func(d *ent.CounselDraw) any { return d.ID }},
		{"created_at", "timestamptz", func(d *ent.CounselDraw) any { return d.CreatedAt }},
		{"session_id", "text", func(d *ent.CounselDraw) any { return d.SessionID }},
		{"turn", "bigint", func(d *ent.CounselDraw) any { return d.Turn }},
		{"number", "bigint", func(d *ent.CounselDraw) any { return d.Number }},
		{"position", "bigint", func(d *ent.CounselDraw) any { return d.Position }},
		{"card", "bigint", func(d *ent.CounselDraw) any { return d.Card }},
		{"reversed", "boolean", func(d *ent.CounselDraw) any { return d.Reversed }},
	}
	messageColumns = []column[*ent.CounselMessage]{
		{"id", "text", func(m *ent.CounselMessage) any { return m.ID }},
		{"created_at", "timestamptz", func(m *ent.CounselMessage) any { return m.CreatedAt }},
		{"session_id", "text", func(m *ent.CounselMessage) any { return m.SessionID }},
		{"number", "bigint", func(m *ent.CounselMessage) any { return m.Number }},
		{"turn", "bigint", func(m *ent.CounselMessage) any { return m.Turn }},
		{"author", "text", func(m *ent.CounselMessage) any { return string(m.Author) }},
		{"status", "text", func(m *ent.CounselMessage) any { return string(m.Status) }},
		{"body", "bytea", func(m *ent.CounselMessage) any { return m.Body }},
		{"crisis", "boolean", func(m *ent.CounselMessage) any { return m.Crisis }},
		{"emotions", "jsonb", func(m *ent.CounselMessage) any { return list(m.Emotions) }},
		{"topics", "jsonb", func(m *ent.CounselMessage) any { return list(m.Topics) }},
		{"provider", "text", func(m *ent.CounselMessage) any {
			if m.Provider == nil {
				return nil
			}
			return string(*m.Provider)
		}},
		{"over_budget", "boolean", func(m *ent.CounselMessage) any { return m.OverBudget }},
		{"reserved_tokens", "bigint", func(m *ent.CounselMessage) any { return m.ReservedTokens }},
		{"reserved_day", "text", func(m *ent.CounselMessage) any { return m.ReservedDay }},
		{"reserved_for", "text", func(m *ent.CounselMessage) any { return m.ReservedFor }},
		{"writer", "text", func(m *ent.CounselMessage) any { return m.Writer }},
		{"leased_until", "timestamptz", func(m *ent.CounselMessage) any { return optional(m.LeasedUntil) }},
		{"finished_at", "timestamptz", func(m *ent.CounselMessage) any { return optional(m.FinishedAt) }},
	}
)

// list writes words as JSON; nil for none at all.
func list(words []string) any {
	if words == nil {
		return nil
	}
	text, _ := json.Marshal(words) // words always marshal
	return text
}
