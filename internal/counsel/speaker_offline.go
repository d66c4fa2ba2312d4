package counsel

import (
	"context"
	"time"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/counsel/offline"
)

// offlineSpeaker answers by rules. Its words come in pieces as a model's do, so that a front-end can be built
// with it.
type offlineSpeaker struct{ pace time.Duration }

func (o offlineSpeaker) speak(ctx context.Context, p part, say func(delta string) error) (outcome, error) {
	reply := offline.Answer(offlineTurn(p))
	out := outcome{
		usage:       Usage{Provider: counselmessage.ProviderOFFLINE},
		offersCards: reply.OffersCards, emotions: reply.Emotions, topics: reply.Topics,
	}
	for _, piece := range offline.Pieces(reply.Text) {
		if err := o.rest(ctx); err != nil {
			return out, err
		}
		if err := say(piece); err != nil {
			return out, err
		}
	}
	return out, nil
}

// rest waits as long as a model takes for a piece.
func (o offlineSpeaker) rest(ctx context.Context) error {
	if o.pace == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(o.pace)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func offlineTurn(p part) offline.Turn {
	t := offline.Turn{Voice: offline.Voice(p.voice), Stage: offlineStage(p.stage), Language: p.language}
	for _, l := range p.lines {
		client := l.author == counselmessage.AuthorCLIENT
		spoken := offline.Line{Client: client, Text: l.text}
		if !client {
			spoken.Voice = offline.Voice(l.author)
		}
		t.Lines = append(t.Lines, spoken)
	}
	for _, c := range p.cards {
		t.Cards = append(t.Cards, offline.Card{
			Position: c.Position, Name: c.Card.Name(p.language), Keywords: c.Card.Keywords(p.language),
			Meaning: c.Meaning(p.language), Reversed: c.Reversed,
		})
	}
	return t
}

func offlineStage(s stage) offline.Stage {
	switch s {
	case stageGreeting:
		return offline.StageGreeting
	case stageReading:
		return offline.StageReading
	}
	return offline.StageTalk
}
