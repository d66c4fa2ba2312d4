package counsel

import (
	"context"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Start begins a session and returns before any reply has come. A guest without a token gets one. Faults:
// [ErrTextInvalid]; fault.Unauthenticated for a guest who wants an expert; fault.RateLimited. A retry with the
// same key and input returns the first session.
func (s *Service) Start(ctx context.Context, input StartInput) (Started, error) {
	opening, err := s.opening(ctx, input)
	if err != nil {
		return Started{}, err
	}
	who, token := clientOf(ctx), (*string)(nil)
	if who.userID == "" && input.Kind == counselsession.KindEXPERT {
		return Started{}, fault.Unauthenticated // experts talk with people whom they can find again
	}
	if who.isNobody() {
		if who, token, err = s.welcome(ctx); err != nil {
			return Started{}, err
		}
	}
	key := input.IdempotencyKey
	input.IdempotencyKey = nil
	b := &beginning{
		who: who, opening: &opening, word: opening.worry, replies: opening.replies, stage: opening.stage,
		request: idempotency.Request{UserID: who.name(), Operation: "startCounselSession", Key: key, Input: input},
	}
	if err := s.begin(ctx, b); err != nil {
		return Started{}, err
	}
	if b.session != nil {
		return Started{Session: b.session, GuestToken: token}, nil
	}
	row, err := s.Get(ctx, b.made) // of an earlier request
	return Started{Session: row, GuestToken: token}, err
}

// welcome makes a guest, as whom the rest of the operation is answered.
func (s *Service) welcome(ctx context.Context) (client, *string, error) {
	id, token, err := s.deps.NewGuest(ctx)
	if err != nil {
		return client{}, nil, err
	}
	viewer.Become(ctx, viewer.Viewer{GuestID: id})
	return client{guestID: id}, &token, nil
}

// opening is a session that is about to begin: all of it sealed.
type opening struct {
	id       string
	kind     counselsession.Kind
	language string
	title    []byte
	worry    *said
	replies  []blank
	stage    stage
}

func (s *Service) opening(ctx context.Context, input StartInput) (o opening, err error) {
	language := languageFor(ctx, input.Worry)
	o = opening{id: counselsession.DefaultID(), kind: input.Kind, language: language.String(), stage: stageTalk}
	title := s.deps.Words.Say(language, "counsel.title."+string(input.Kind))
	switch {
	case input.Worry != nil:
		text, err := cleanText(*input.Worry, maxText, ErrTextInvalid, "worry")
		if err != nil {
			return o, err
		}
		worry, err := s.sealSaid(ctx, counselmessage.AuthorCLIENT, text)
		if err != nil {
			return o, err
		}
		o.worry, title = &worry, titleOf(text)
	case input.Kind == counselsession.KindWORRY:
		return o, ErrTextInvalid.At("worry")
	default:
		o.stage = stageGreeting
	}
	if o.title, err = s.seal(ctx, title, boundTitle, o.id); err != nil {
		return o, err
	}
	o.replies, err = s.voices(ctx, input.Kind)
	return o, err
}

// session makes the session, with its first turn begun.
func (o *opening) session(who client, now time.Time) *ent.CounselSession {
	row := &ent.CounselSession{
		ID: o.id, CreatedAt: now, Kind: o.kind, Language: o.language, Title: o.title, Status: counselsession.StatusSTREAMING,
	}
	if who.userID != "" {
		row.UserID = &who.userID
	} else {
		row.GuestID = &who.guestID
	}
	if o.kind == counselsession.KindEXPERT {
		row.Status, row.WaitingSince, row.HistoryShared = counselsession.StatusWAITING, &now, true
	}
	if o.worry != nil {
		row.Turn++
	}
	return row
}
