package counsel

import (
	"context"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// stage is where a conversation is when a voice speaks.
type stage int

const (
	stageTalk stage = iota
	stageGreeting
	stageReading
)

// The most tokens of a reply by stage, and of the conversation that goes with it. Greeting and talk of the tarot
// reader are short so that the first word comes soon (N-31 has 100 for talk and 800 for a reading).
const (
	talkTokens     = 500
	tarotTokens    = 100
	readingTokens  = 800
	windowTokens   = 2000
	overheadTokens = 600 // of the instructions to a voice
)

// replyTokens returns the most tokens of a reply.
func replyTokens(author counselmessage.Author, s stage) int {
	switch {
	case s == stageReading:
		return readingTokens
	case author == counselmessage.AuthorTAROT:
		return tarotTokens
	}
	return talkTokens
}

// reserve returns how many tokens are set aside for a reply before it is begun: as many as it can take.
func (s stage) reserve() int {
	switch s {
	case stageGreeting:
		return overheadTokens + tarotTokens
	case stageReading:
		return overheadTokens + windowTokens + readingTokens
	}
	return overheadTokens + windowTokens + talkTokens
}

// stageOf returns the stage in which a reply is written, from what is kept: another process may write it.
func stageOf(m *ent.CounselMessage, draws []*ent.CounselDraw) stage {
	for _, d := range draws {
		if d.Turn == m.Turn {
			return stageReading
		}
	}
	if m.Author == counselmessage.AuthorTAROT && m.Turn == 0 {
		return stageGreeting
	}
	return stageTalk
}

// languageFor returns the language in which a session is held: Korean where the worry has a letter of Hangul, for
// nobody who writes it wants to be answered in English because of how a browser is set up; otherwise [languageOf].
func languageFor(ctx context.Context, worry *string) language.Tag {
	if worry != nil && strings.ContainsFunc(*worry, func(letter rune) bool { return unicode.Is(unicode.Hangul, letter) }) {
		return language.Korean
	}
	return languageOf(ctx)
}

// languageOf returns what the client speaks, of what Moa speaks.
func languageOf(ctx context.Context) language.Tag {
	base, _ := viewer.Language(ctx).Base()
	if base.String() == "ko" {
		return language.Korean
	}
	return language.English
}
