package counsel

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/idempotency"
)

// Draw turns cards over in a session whose reader has offered the draw, and begins the reading. Which card lies
// where is decided now, at random. Faults: [ErrNotFound], [ErrReplyRunning], [ErrEnded], [ErrCardsNotOffered],
// those of [tarot.Draw]. A retry with the same key and input returns the first cards.
func (s *Service) Draw(ctx context.Context, input DrawInput) (*ent.CounselSession, []*Draw, error) {
	session, err := s.Get(ctx, input.SessionID)
	if err != nil {
		return nil, nil, at(err, "sessionId")
	}
	replies, err := s.voices(ctx, counselsession.KindTAROT)
	if err != nil {
		return nil, nil, err
	}
	who, key := clientOf(ctx), input.IdempotencyKey
	input.IdempotencyKey = nil
	b := &beginning{
		who: who, sessionID: session.ID, positions: append([]int{}, input.Positions...), replies: replies, stage: stageReading,
		request: idempotency.Request{UserID: who.name(), Operation: "drawTarotCards", Key: key, Input: input},
	}
	if err := s.begin(ctx, b); err != nil {
		return nil, nil, err
	}
	if b.session != nil {
		return b.session, shownCards(b.draws), nil
	}
	// The outcome of an earlier draw is the first of its cards: the rest are of the same turn.
	cards, err := s.drawnWith(ctx, b.made)
	if err != nil {
		return nil, nil, err
	}
	session, err = s.Get(ctx, session.ID)
	return session, cards, err
}

// decideDraw turns cards over in a session.
func (b *beginning) decideDraw(session *ent.CounselSession, before []*ent.CounselDraw, now time.Time) error {
	if err := mayDraw(session, len(before) > 0); err != nil {
		return at(err, "sessionId")
	}
	drawn, err := tarot.Draw(rand.Reader, b.positions, taken(before))
	if err != nil {
		return at(err, "positions")
	}
	session.Turn++
	session.Status = counselsession.StatusSTREAMING
	for i, d := range drawn {
		b.draws = append(b.draws, &ent.CounselDraw{
			ID: counseldraw.DefaultID(), CreatedAt: now, SessionID: session.ID, Turn: session.Turn,
			Number: len(before) + i + 1, Position: d.Position, Card: d.Index, Reversed: d.Reversed,
		})
	}
	b.session, b.made = session, b.draws[0].ID
	return nil
}

// mayDraw refuses a draw that was not offered. A reading that broke off may be drawn for again.
func mayDraw(session *ent.CounselSession, again bool) error {
	switch session.Status {
	case counselsession.StatusCARDS_OFFERED:
		return nil
	case counselsession.StatusSTREAMING:
		return ErrReplyRunning
	case counselsession.StatusENDED:
		return ErrEnded
	case counselsession.StatusFAILED, counselsession.StatusCANCELLED:
		if again {
			return nil
		}
	}
	return ErrCardsNotOffered
}

func taken(before []*ent.CounselDraw) []tarot.Drawn {
	drawn := make([]tarot.Drawn, len(before))
	for i, row := range before {
		drawn[i] = tarot.Drawn{Position: row.Position, Index: row.Card, Reversed: row.Reversed}
	}
	return drawn
}

// drawnWith returns the cards of the draw to which a card belongs.
func (s *Service) drawnWith(ctx context.Context, id string) ([]*Draw, error) {
	first, err := s.deps.DB.Read().CounselDraw.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("get card %s: %w", id, db.Fault(err))
	}
	rows, err := s.deps.DB.Read().CounselDraw.Query().
		Where(counseldraw.SessionID(first.SessionID), counseldraw.Turn(first.Turn)).
		Order(counseldraw.ByNumber()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the cards of %s: %w", first.SessionID, db.Fault(err))
	}
	return shownCards(rows), nil
}

// DrawsBySession returns the cards of each session, in the order of the draw. Ask it for sessions that who asks
// may see.
func (s *Service) DrawsBySession(ctx context.Context, sessionIDs []string) (map[string][]*Draw, error) {
	rows, err := s.deps.DB.Read().CounselDraw.Query().
		Where(counseldraw.SessionIDIn(sessionIDs...)).Order(counseldraw.ByNumber()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the cards of %d sessions: %w", len(sessionIDs), db.Fault(err))
	}
	bySession := make(map[string][]*Draw, len(sessionIDs))
	for _, id := range sessionIDs {
		bySession[id] = []*Draw{}
	}
	for _, row := range rows {
		bySession[row.SessionID] = append(bySession[row.SessionID], shownCards([]*ent.CounselDraw{row})...)
	}
	return bySession, nil
}

func shownCards(rows []*ent.CounselDraw) []*Draw {
	cards := make([]*Draw, 0, len(rows))
	for _, row := range rows {
		if card, ok := tarot.ByIndex(row.Card); ok {
			cards = append(cards, &Draw{Position: row.Position, Card: card, Reversed: row.Reversed})
		}
	}
	return cards
}

// Meaning returns what the card says as it lies.
func (d *Draw) Meaning(tag language.Tag) string {
	if d.Reversed {
		return d.Card.Reversed(tag)
	}
	return d.Card.Upright(tag)
}

// CardURL returns where the picture of a card is.
func (s *Service) CardURL(card *tarot.Card) string {
	return fmt.Sprintf("%s/cards/%d.svg", s.deps.PublicURL, card.Index)
}
