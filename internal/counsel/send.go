package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
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
	key := input.IdempotencyKey
	input.IdempotencyKey = nil
	b := &beginning{
		who: who, sessionID: session.ID, word: &word, replies: replies, stage: stageTalk,
		request: idempotency.Request{UserID: speaks, Operation: "sendCounselMessage", Key: key, Input: input},
	}
	if err := s.begin(ctx, b); err != nil {
		return nil, err
	}
	if b.turn.word != nil {
		return b.turn.word, nil
	}
	return s.message(ctx, b.made) // of an earlier request
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
