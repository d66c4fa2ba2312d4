package counsel

import (
	"context"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/idempotency"
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

// beginning is a turn that somebody wants to begin: it begins a session, says something in one, or draws cards in
// one.
type beginning struct {
	who     client
	request idempotency.Request
	opening *opening
	// sessionID is the session that is there already.
	sessionID string
	word      *said
	positions []int // of the cards to draw
	replies   []blank
	stage     stage

	turn // what becomes of it
}

// turn is what becomes of a beginning. It is made in memory, from rows that are locked.
type turn struct {
	// err is the refusal; nothing is written then.
	err error
	// made is the id of what was made: the session, the word, or the first of the cards.
	made string
	// session is as it stands after the turn; nil when nothing is written.
	session *ent.CounselSession
	word    *ent.CounselMessage
	draws   []*ent.CounselDraw
	replies []*ent.CounselMessage
	// isCrisis says that the client speaks of self-harm for the first time in the session.
	isCrisis bool
}

// begin begins a turn, in a transaction that it may share with others, and hands its replies to the writer.
func (s *Service) begin(ctx context.Context, b *beginning) error {
	if err := idempotency.Check(b.request.Key); err != nil {
		return err
	}
	err := s.beginnings.do(ctx, b)
	if b.request.Key != nil && db.IsDuplicate(err) {
		// Another process was faster with the key: the outcome is the one that it has written.
		err = s.beginnings.do(ctx, b)
	}
	if err != nil {
		return db.Fault(err)
	}
	return b.err
}

// decide says what becomes of a turn in a session that is there already. The session is locked; before are the
// cards that were drawn in it.
func (b *beginning) decide(session *ent.CounselSession, before []*ent.CounselDraw, now time.Time) error {
	if session == nil || !b.mayBegin(session) {
		return ErrNotFound.At("sessionId")
	}
	if b.positions != nil {
		return b.decideDraw(session, before, now)
	}
	switch session.Status {
	case counselsession.StatusSTREAMING:
		return ErrReplyRunning.At("sessionId")
	case counselsession.StatusENDED:
		return ErrEnded.At("sessionId")
	case counselsession.StatusWAITING, counselsession.StatusWITH_EXPERT: // people answer
	default:
		session.Status = counselsession.StatusSTREAMING
	}
	if b.word.author == counselmessage.AuthorCLIENT {
		session.Turn++
	}
	b.session, b.made = session, b.word.id
	return nil
}

// mayBegin reports whether who asks may speak in a session: its client, or the expert who has taken it.
func (b *beginning) mayBegin(session *ent.CounselSession) bool {
	switch {
	case session.DeletedAt != nil:
		return false
	case b.word != nil && b.word.author == counselmessage.AuthorCOUNSELOR:
		return session.CounselorID != nil && *session.CounselorID == b.who.userID
	}
	return b.who.owns(session)
}

// isAnswered reports whether voices answer. Where an expert has the session, people do.
func (b *beginning) isAnswered() bool {
	return b.session != nil && b.session.Status == counselsession.StatusSTREAMING
}

// speak makes the message of the word.
func (b *beginning) speak(now time.Time) {
	if b.word == nil {
		return
	}
	m := b.message(b.word.id, b.word.author, b.word.body, now)
	m.Status, m.FinishedAt = counselmessage.StatusCOMPLETED, &now
	if m.Author == counselmessage.AuthorCLIENT {
		// What the rules find stands until the voice that comforts says it better.
		m.Emotions, m.Topics = names(insight.Emotions(b.word.text)), names(insight.Topics(b.word.text))
		m.Crisis = insight.Crisis(b.word.text)
	}
	b.turn.word = m
}

// message makes the next message of the session.
func (b *beginning) message(id string, author counselmessage.Author, body []byte, now time.Time) *ent.CounselMessage {
	session := b.session
	session.MessagesCount++
	return &ent.CounselMessage{
		ID: id, CreatedAt: now, SessionID: session.ID, Number: session.MessagesCount, Turn: session.Turn,
		Author: author, Body: body,
	}
}

// listen makes the messages of the replies that are to come.
func (b *beginning) listen(writer string, until, now time.Time) {
	if !b.isAnswered() {
		return
	}
	for _, blank := range b.replies {
		m := b.message(blank.id, blank.author, blank.body, now)
		m.Status, m.Writer, m.LeasedUntil = counselmessage.StatusSTREAMING, writer, &until
		b.turn.replies = append(b.turn.replies, m)
	}
}

// names returns values of an enum as plain texts.
func names[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}
