// Package offline is a stand-in.
package offline

import (
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// Voice is.
type Voice string

// Stage is.
type Stage string

// Stages.
const (
	StageGreeting Stage = "GREETING"
	StageTalk     Stage = "TALK"
	StageReading  Stage = "READING"
)

// Line is.
type Line struct {
	Client bool
	Voice  Voice
	Text   string
}

// Card is.
type Card struct {
	Position int
	Name     string
	Keywords []string
	Meaning  string
	Reversed bool
}

// Turn is.
type Turn struct {
	Voice    Voice
	Stage    Stage
	Language language.Tag
	Lines    []Line
	Cards    []Card
}

// Reply is.
type Reply struct {
	Text        string
	OffersCards bool
	Emotions    []insight.Emotion
	Topics      []insight.Topic
}

// Answer is.
func Answer(Turn) Reply { return Reply{Text: "stub"} }

// Pieces is.
func Pieces(t string) []string { return []string{t} }

// WeekSentence is.
func WeekSentence(language.Tag, []insight.Emotion, []insight.Topic, int) string { return "stub" }
