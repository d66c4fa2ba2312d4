package counsel

import (
	"context"
	"crypto/rand"
	"fmt"

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
	who := clientOf(ctx)
	request := idempotency.Request{UserID: who.name(), Operation: "drawTarotCards", Key: input.IdempotencyKey}
	input.IdempotencyKey = nil
	request.Input = input
	// The outcome of the draw is the first of its cards: the rest are of the same turn.
	id, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		return s.draw(ctx, tx, who, input, replies)
	})
	if err != nil {
		return nil, nil, db.Fault(err)
	}
	cards, err := s.drawnWith(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	session, err = s.Get(ctx, session.ID)
	return session, cards, err
}

func (s *Service) draw(ctx context.Context, tx *db.Tx, who client, input DrawInput, replies []blank) (string, error) {
	if err := who.require(ctx, tx); err != nil {
		return "", err
	}
	session, err := own(ctx, tx, who, input.SessionID)
	if err != nil {
		return "", at(err, "sessionId")
	}
	before, err := tx.CounselDraw.Query().Where(counseldraw.SessionID(session.ID)).All(ctx)
	if err != nil {
		return "", fmt.Errorf("look up the cards of %s: %w", session.ID, err)
	}
	if err := mayDraw(session, len(before) > 0); err != nil {
		return "", at(err, "sessionId")
	}
	drawn, err := tarot.Draw(rand.Reader, input.Positions, taken(before))
	if err != nil {
		return "", at(err, "positions")
	}
	session.Turn++
	rows := make([]*ent.CounselDrawCreate, len(drawn))
	for i, d := range drawn {
		rows[i] = tx.CounselDraw.Create().SetCreatedAt(s.now()).SetSessionID(session.ID).SetTurn(session.Turn).
			SetNumber(len(before) + i + 1).SetPosition(d.Position).SetCard(d.Index).SetReversed(d.Reversed)
	}
	made, err := tx.CounselDraw.CreateBulk(rows...).Save(ctx)
	if err != nil {
		return "", fmt.Errorf("write the cards of %s: %w", session.ID, err)
	}
	t := &turn{Service: s, tx: tx, session: session, number: session.MessagesCount}
	if _, err := t.begin(ctx, replies, stageReading); err != nil {
		return "", err
	}
	_, err = t.move(ctx, counselsession.StatusSTREAMING)
	return made[0].ID, err
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
