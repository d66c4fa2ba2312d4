package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// said is something that a client or an expert says: sealed before the transaction, because sealing may have to
// read or make a key.
type said struct {
	id, text string
	author   counselmessage.Author
	body     []byte
}

func (s *Service) sealSaid(ctx context.Context, author counselmessage.Author, text string) (said, error) {
	m := said{id: counselmessage.DefaultID(), text: text, author: author}
	body, err := s.seal(ctx, text, boundBody, m.id)
	m.body = body
	return m, err
}

// blank is a reply that is about to be written, with its sealed emptiness.
type blank struct {
	id     string
	author counselmessage.Author
	body   []byte
}

// voices returns blank replies of the voices that answer in sessions of a kind.
func (s *Service) voices(ctx context.Context, kind counselsession.Kind) ([]blank, error) {
	var authors []counselmessage.Author
	switch kind {
	case counselsession.KindWORRY:
		authors = []counselmessage.Author{counselmessage.AuthorFEELING, counselmessage.AuthorTHINKING}
	case counselsession.KindTAROT:
		authors = []counselmessage.Author{counselmessage.AuthorTAROT}
	case counselsession.KindEXPERT: // people answer
	}
	blanks := make([]blank, len(authors))
	for i, author := range authors {
		id := counselmessage.DefaultID()
		body, err := s.seal(ctx, "", boundBody, id)
		if err != nil {
			return nil, err
		}
		blanks[i] = blank{id: id, author: author, body: body}
	}
	return blanks, nil
}

// turn is a client's word, if there was one, and the replies to it. It moves the session on.
type turn struct {
	*Service
	tx      *db.Tx
	session *ent.CounselSession
	number  int // of the latest message
}

// say writes a message that is whole.
func (t *turn) say(ctx context.Context, m said) (*ent.CounselMessage, error) {
	t.number++
	now := t.now()
	create := t.tx.CounselMessage.Create().
		SetID(m.id).SetCreatedAt(now).SetFinishedAt(now).
		SetSessionID(t.session.ID).SetNumber(t.number).SetTurn(t.session.Turn).
		SetAuthor(m.author).SetStatus(counselmessage.StatusCOMPLETED).SetBody(m.body)
	if m.author == counselmessage.AuthorCLIENT {
		// What the rules find stands until the voice that comforts says it better.
		create.SetEmotions(names(insight.Emotions(m.text))).SetTopics(names(insight.Topics(m.text))).
			SetCrisis(insight.Crisis(m.text))
	}
	row, err := create.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("write a message into %s: %w", t.session.ID, err)
	}
	if row.Crisis {
		return row, t.flag(ctx)
	}
	return row, nil
}

// flag marks a session in which a client speaks of self-harm, once, for operators: without a word of it.
func (t *turn) flag(ctx context.Context) error {
	if t.session.CrisisAt != nil {
		return nil
	}
	now := t.now()
	t.session.CrisisAt = &now
	return t.deps.Events.Record(ctx, t.tx, event.New{
		Topic: TopicCrisis, Key: t.session.ID, Subject: t.session.ID, Payload: map[string]any{"sessionId": t.session.ID},
	})
}

// begin writes the replies that are to come and sets tokens aside for them.
func (t *turn) begin(ctx context.Context, blanks []blank, stage stage) ([]*ent.CounselMessage, error) {
	rows := make([]*ent.CounselMessage, len(blanks))
	for i, b := range blanks {
		t.number++
		create := t.tx.CounselMessage.Create().
			SetID(b.id).SetCreatedAt(t.now()).
			SetSessionID(t.session.ID).SetNumber(t.number).SetTurn(t.session.Turn).
			SetAuthor(b.author).SetStatus(counselmessage.StatusSTREAMING).SetBody(b.body).
			SetWriter(t.writer.id).SetLeasedUntil(t.now().Add(lease))
		if err := t.provide(ctx, create, stage); err != nil {
			return nil, err
		}
		row, err := create.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("begin a reply in %s: %w", t.session.ID, err)
		}
		rows[i] = row
	}
	if len(rows) > 0 {
		t.tx.AfterCommit(func() { t.writer.begin(rows...) })
	}
	return rows, nil
}

// provide decides who answers: the language model, where there is one and its budget suffices.
func (t *turn) provide(ctx context.Context, create *ent.CounselMessageCreate, stage stage) error {
	if t.model == nil {
		create.SetProvider(counselmessage.ProviderOFFLINE)
		return nil
	}
	tokens, day := stage.reserve(), t.today()
	who := ownerOf(t.session)
	ok, err := t.reserve(ctx, t.tx, who, day, tokens)
	if err != nil {
		return err
	}
	if !ok {
		create.SetProvider(counselmessage.ProviderOFFLINE).SetOverBudget(true)
		return nil
	}
	create.SetProvider(counselmessage.Provider(t.deps.Model.Provider())).
		SetReservedTokens(tokens).SetReservedDay(day).SetReservedFor(who.name())
	return nil
}

// move writes down where the session stands now and tells who watches it.
func (t *turn) move(ctx context.Context, status counselsession.Status) (*ent.CounselSession, error) {
	row, err := t.tx.CounselSession.UpdateOneID(t.session.ID).
		SetStatus(status).SetTurn(t.session.Turn).SetMessagesCount(t.number).
		SetNillableCrisisAt(t.session.CrisisAt).SetUpdatedAt(t.now()).
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("move session %s: %w", t.session.ID, err)
	}
	return row, t.tellChanged(ctx, t.tx, row.ID)
}

// tellChanged records that a session stands elsewhere.
func (s *Service) tellChanged(ctx context.Context, tx *db.Tx, sessionID string) error {
	tx.Touch(reads.Counsel)
	return s.deps.Events.Record(ctx, tx, event.New{
		Topic: TopicChanged, Key: sessionID, Subject: sessionID, Payload: map[string]any{"sessionId": sessionID},
	})
}

// names returns values of an enum as plain texts.
func names[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}
