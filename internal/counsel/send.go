package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Send says something in a session and returns before any reply has come. While an expert has the session,
// client and expert talk with each other. Faults: [ErrNotFound], [ErrTextInvalid], [ErrReplyRunning],
// [ErrEnded]. A retry with the same key and input returns the first message.
func (s *Service) Send(ctx context.Context, input SendInput) (*ent.CounselMessage, error) {
	session, err := s.Get(ctx, input.SessionID)
	if err != nil {
		return nil, at(err, "sessionId")
	}
	text, err := cleanText(input.Text, maxText, ErrTextInvalid, "text")
	if err != nil {
		return nil, err
	}
	speaks := viewer.From(ctx).ID
	author, who := counselmessage.AuthorCLIENT, clientOf(ctx)
	if !who.owns(session) {
		author = counselmessage.AuthorCOUNSELOR
	} else {
		speaks = who.name()
	}
	word, err := s.sealSaid(ctx, author, text)
	if err != nil {
		return nil, err
	}
	replies, err := s.voices(ctx, session.Kind)
	if err != nil {
		return nil, err
	}
	request := idempotency.Request{UserID: speaks, Operation: "sendCounselMessage", Key: input.IdempotencyKey}
	input.IdempotencyKey = nil
	request.Input = input
	id, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		return word.id, s.answer(ctx, tx, who, input.SessionID, word, replies)
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	return s.message(ctx, id)
}

// answer writes a word and begins the replies to it, if machines give them.
func (s *Service) answer(ctx context.Context, tx *db.Tx, who client, sessionID string, word said, replies []blank) error {
	session, err := s.heldFor(ctx, tx, who, sessionID, word.author)
	if err != nil {
		return at(err, "sessionId")
	}
	t := &turn{Service: s, tx: tx, session: session, number: session.MessagesCount}
	status := counselsession.StatusSTREAMING
	switch session.Status {
	case counselsession.StatusSTREAMING:
		return ErrReplyRunning.At("sessionId")
	case counselsession.StatusENDED:
		return ErrEnded.At("sessionId")
	case counselsession.StatusWAITING, counselsession.StatusWITH_EXPERT:
		replies, status = nil, session.Status
	}
	if word.author == counselmessage.AuthorCLIENT {
		session.Turn++
	}
	row, err := t.say(ctx, word)
	if err != nil {
		return err
	}
	if len(replies) == 0 { // the other side listens
		tx.AfterCommit(func() { s.channel.end(row, word.text) })
	}
	if _, err := t.begin(ctx, replies, stageTalk); err != nil {
		return err
	}
	_, err = t.move(ctx, status)
	return err
}

// heldFor returns a session for its client, or for its expert, locked until the transaction ends.
func (s *Service) heldFor(ctx context.Context, tx *db.Tx, who client, id string, author counselmessage.Author) (*ent.CounselSession, error) {
	if author == counselmessage.AuthorCLIENT {
		if err := who.require(ctx, tx); err != nil {
			return nil, err
		}
		return own(ctx, tx, who, id)
	}
	if err := tx.RequireUser(ctx, who.userID); err != nil {
		return nil, err
	}
	row, err := locked(ctx, tx, counselsession.ID(id), counselsession.CounselorID(who.userID), counselsession.DeletedAtIsNil())
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get session %s: %w", id, err)
	}
	return row, nil
}

// message returns a message by its id, whoever asks.
func (s *Service) message(ctx context.Context, id string) (*ent.CounselMessage, error) {
	row, err := s.deps.DB.Read().CounselMessage.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("get message %s: %w", id, db.Fault(err))
	}
	return row, nil
}

// at names the input field at which a refusal is shown; what is no refusal stays as it is.
func at(err error, field string) error {
	if refusals := fault.BusinessOf(err); len(refusals) == 1 && len(refusals[0].Field) == 0 {
		return refusals[0].At(field)
	}
	return err
}
