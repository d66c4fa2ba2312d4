package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
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
	request := idempotency.Request{UserID: who.name(), Operation: "startCounselSession", Key: input.IdempotencyKey}
	input.IdempotencyKey = nil
	request.Input = input
	id, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		return opening.id, s.open(ctx, tx, who, opening)
	})
	if err != nil {
		return Started{}, db.Fault(err)
	}
	row, err := s.Get(ctx, id)
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
	language := languageOf(ctx)
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

// open writes a session with its first turn.
func (s *Service) open(ctx context.Context, tx *db.Tx, who client, o opening) error {
	if err := who.require(ctx, tx); err != nil {
		return err
	}
	create := tx.CounselSession.Create().
		SetID(o.id).SetKind(o.kind).SetLanguage(o.language).SetTitle(o.title).
		SetStatus(counselsession.StatusSTREAMING).SetCreatedAt(s.now()).SetUpdatedAt(s.now())
	if who.userID != "" {
		create.SetUserID(who.userID)
	} else {
		create.SetGuestID(who.guestID)
	}
	if o.kind == counselsession.KindEXPERT {
		create.SetStatus(counselsession.StatusWAITING).SetWaitingSince(s.now()).SetHistoryShared(true)
	}
	row, err := create.Save(ctx)
	if err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	t := &turn{Service: s, tx: tx, session: row}
	if o.worry != nil {
		t.session.Turn++
		if _, err := t.say(ctx, *o.worry); err != nil {
			return err
		}
	}
	if _, err := t.begin(ctx, o.replies, o.stage); err != nil {
		return err
	}
	_, err = t.move(ctx, row.Status)
	return err
}
