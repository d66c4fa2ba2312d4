package counsel

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/db"
)

// speaker lends a voice its words: a language model, or rules.
type speaker interface {
	// speak says the part piece by piece. On an error the outcome tells what was spent until then.
	speak(ctx context.Context, p part, say func(delta string) error) (outcome, error)
}

// part is what a voice has to say something to.
type part struct {
	voice    counselmessage.Author
	stage    stage
	language language.Tag
	lines    []line
	cards    []*Draw
	client   string // an opaque name
}

// line is something that was said before, oldest first.
type line struct {
	author counselmessage.Author
	text   string
}

// outcome is what a voice tells beside its words.
type outcome struct {
	usage       Usage
	offersCards bool
	emotions    []insight.Emotion
	topics      []insight.Topic
}

// speakerOf returns who speaks for a reply.
func (s *Service) speakerOf(m *ent.CounselMessage) speaker {
	if s.model == nil || m.Provider == nil || *m.Provider == counselmessage.ProviderOFFLINE {
		return s.offline
	}
	return s.model
}

// partOf returns what a reply to the first word of a session answers, which is all there is; nil for others.
func (b *beginning) partOf(m *ent.CounselMessage) *part {
	if b.opening == nil {
		return nil
	}
	p := &part{
		voice: m.Author, stage: b.stage, language: language.Make(b.opening.language), client: b.who.name(), cards: []*Draw{},
	}
	if b.word != nil {
		p.lines = []line{{author: b.word.author, text: b.word.text}}
	}
	return p
}

// gather returns what a reply answers: the conversation up to its turn, as far as its voice has a part in it,
// and the cards of its turn.
func (s *Service) gather(ctx context.Context, m *ent.CounselMessage) (part, error) {
	session, err := s.deps.DB.Read().CounselSession.Get(ctx, m.SessionID)
	if err != nil {
		return part{}, fmt.Errorf("get session %s: %w", m.SessionID, db.Fault(err))
	}
	p := part{voice: m.Author, language: language.Make(session.Language), client: ownerOf(session).name()}
	rows, err := s.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.SessionID(m.SessionID), counselmessage.NumberLT(m.Number),
			counselmessage.AuthorIn(counselmessage.AuthorCLIENT, m.Author)).
		Order(counselmessage.ByNumber()).
		All(ctx)
	if err != nil {
		return part{}, fmt.Errorf("get the conversation of %s: %w", m.SessionID, db.Fault(err))
	}
	if p.lines, err = s.window(ctx, rows); err != nil {
		return part{}, err
	}
	draws, err := s.deps.DB.Read().CounselDraw.Query().
		Where(counseldraw.SessionID(m.SessionID), counseldraw.Turn(m.Turn)).Order(counseldraw.ByNumber()).All(ctx)
	if err != nil {
		return part{}, fmt.Errorf("get the cards of %s: %w", m.SessionID, db.Fault(err))
	}
	p.stage, p.cards = stageOf(m, draws), shownCards(draws)
	return p, nil
}

// window opens the latest of the messages, as many as fit into the window of tokens. The latest always fits.
func (s *Service) window(ctx context.Context, rows []*ent.CounselMessage) ([]line, error) {
	var lines []line
	left := windowTokens
	for i := len(rows) - 1; i >= 0; i-- {
		text, err := s.Text(ctx, rows[i])
		if err != nil {
			return nil, err
		}
		if left -= estimate(text); left < 0 && len(lines) > 0 {
			break
		}
		if text != "" {
			lines = append(lines, line{author: rows[i].Author, text: text})
		}
	}
	slices.Reverse(lines)
	return lines, nil
}
