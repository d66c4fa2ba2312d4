// Package counsel hears worries: it answers them in two voices at once, reads tarot cards, and hands a
// client over to an expert.
//
// A reply is written by one process, beside the request that asked for it ([Service.Run]). What a model says
// goes out to everybody who listens at once, over the bus, and into the row of the message a moment later.
// The row is what is true: whoever comes back reads it from where they were, and goes on with what comes.
package counsel

import (
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Connection is a page of sessions.
type Connection = page.Connection[*ent.CounselSession]

// Edge is a session in a list.
type Edge = page.Edge[*ent.CounselSession]

// MessageConnection is a page of messages.
type MessageConnection = page.Connection[*ent.CounselMessage]

// MessageEdge is a message in a list.
type MessageEdge = page.Edge[*ent.CounselMessage]

// Filter says which sessions to list. All conditions hold together; nil fields are none.
type Filter struct {
	Kind   *counselsession.Kind
	Status *counselsession.Status
	From   *calendar.Date
	To     *calendar.Date
}

// StartInput says what to start.
type StartInput struct {
	Kind           counselsession.Kind
	Worry          *string
	IdempotencyKey *string
}

// Started is a new session, with the token of a guest who had none.
type Started struct {
	Session    *ent.CounselSession
	GuestToken *string
}

// SendInput says what to say.
type SendInput struct {
	SessionID      string
	Text           string
	IdempotencyKey *string
}

// DrawInput says which cards to turn over.
type DrawInput struct {
	SessionID      string
	Positions      []int
	IdempotencyKey *string
}

// Draw is a card that was turned over.
type Draw struct {
	Position int
	Card     *tarot.Card
	Reversed bool
}

// Usage is what a reply has cost.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
	Provider         counselmessage.Provider
}

// Share is a link to the result of a session.
type Share struct {
	URL       string
	Token     string
	ExpiresAt time.Time
	Kakao     *KakaoFeed
}

// KakaoFeed is what a KakaoTalk feed message shows.
type KakaoFeed struct {
	Title       string
	Description string
	ImageURL    string
	LinkURL     string
	ButtonTitle string
}

// Budget is what a spender may use on a day, in tokens.
type Budget struct {
	Limit     int
	Used      int
	Remaining int
	ResetsAt  time.Time
}

// ReplyEvent is what a session says next.
type ReplyEvent struct {
	Cursor      string
	Reset       bool
	MessageID   *string
	Author      *counselmessage.Author
	Delta       string
	Done        bool
	Status      *counselmessage.Status
	OffersCards bool
}

// WeekStatus says where the summary of a week stands.
type WeekStatus string

// Where the summary of a week can stand.
const (
	WeekAbsent        WeekStatus = "ABSENT"
	WeekBuilding      WeekStatus = "BUILDING"
	WeekReady         WeekStatus = "READY"
	WeekStale         WeekStatus = "STALE"
	WeekSkippedBudget WeekStatus = "SKIPPED_BUDGET"
)

// Week is what a week was about.
type Week struct {
	Week         calendar.Week
	SessionCount int
	MessageCount int
	Emotions     []*EmotionCount
	Topics       []*TopicCount
	Status       WeekStatus
	Summary      *string
}

// EmotionCount is how often an emotion spoke; the share is of all, from 0 to 1.
type EmotionCount struct {
	Emotion insight.Emotion
	Count   int
	Share   float64
}

// TopicCount is how often a topic came up; the share is of all, from 0 to 1.
type TopicCount struct {
	Topic insight.Topic
	Count int
	Share float64
}
