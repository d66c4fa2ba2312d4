// Package offline is the counsellor that needs no model: it answers when none is configured, or when
// the budget for one is spent. It follows rules and fixed phrases, in Korean and in English; the same
// conversation always gets the same answer, and different ones get different words. It refers to what
// the person wrote, never claims to be human, and never tells what fate has settled.
package offline

import (
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// Voice is who answers.
type Voice string

// The voices.
const (
	VoiceFeeling  Voice = "FEELING"  // comforts
	VoiceThinking Voice = "THINKING" // advises
	VoiceTarot    Voice = "TAROT"    // reads cards
)

// Stage is how far a tarot conversation has come. The other voices are always at [StageTalk].
type Stage string

// The stages.
const (
	StageGreeting Stage = "GREETING" // nobody has said anything yet
	StageTalk     Stage = "TALK"     // the worry is being told
	StageReading  Stage = "READING"  // cards have been drawn
)

// Line is something said in a conversation.
type Line struct {
	Client bool  // said by the person who seeks counsel
	Voice  Voice // who said it otherwise
	Text   string
}

// Card is a drawn card.
type Card struct {
	Position int    // the place it was picked from, counted from 0
	Name     string // in the language of the turn, like the next two
	Keywords []string
	Meaning  string // that of its orientation
	Reversed bool
}

// Turn is what there is to answer.
type Turn struct {
	Voice    Voice
	Stage    Stage
	Language language.Tag // Korean, or anything else for English
	Lines    []Line       // the conversation so far, oldest first
	Cards    []Card       // at [StageReading], in the order in which they are read
}

// Reply is an answer.
type Reply struct {
	Text        string
	OffersCards bool              // the cards are to be spread now
	Emotions    []insight.Emotion // of what the person said last; of all before where that tells nothing
	Topics      []insight.Topic   // likewise
}

// Answer returns the answer to a turn. What speaks of suicide or self-harm gets words of its own that
// point to the help lines beside them, see [insight.CrisisBlock]; no cards are offered from then on.
func Answer(t Turn) Reply {
	h := listen(t.Lines)
	w := newWriter(t, h)
	reply := Reply{Emotions: h.emotions, Topics: h.topics}
	switch {
	case h.crisis:
		reply.Text = w.crisis(t.Voice, h)
	case t.Voice == VoiceThinking:
		reply.Text = w.thinking(h)
	case t.Voice == VoiceTarot:
		reply.Text, reply.OffersCards = w.tarot(t, h)
	default:
		reply.Text = w.feeling(h)
	}
	return reply
}
