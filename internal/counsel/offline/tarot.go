package offline

import (
	"strings"
	"unicode/utf8"
)

// clearAfter is the length of a first message, in letters, from which the worry is clear enough for cards.
const clearAfter = 30

// tarot returns what the tarot counsellor says, and whether the cards are to be spread.
func (w *writer) tarot(t Turn, h heard) (text string, offers bool) {
	switch {
	case t.Stage == StageReading && len(t.Cards) > 0:
		return w.reading(t.Cards, h), false
	case t.Stage == StageGreeting || h.turns == 0:
		return w.say("tarot/greet") + " " + w.say("tarot/greet ask"), false
	}
	offers = h.ready() && !h.crisisBefore
	next := "tarot/ask " + h.section()
	if h.bright() {
		next = "tarot/ask bright"
	}
	if offers {
		next = "tarot/offer"
	}
	opening := w.say("tarot/again plain")
	if h.turns == 1 {
		opening = w.open("tarot", h)
	}
	return w.joined([]string{opening, w.say(next)}, h), offers
}

// ready reports whether the worry is clear, or the person asks for cards.
func (h heard) ready() bool {
	if h.turns > 1 || utf8.RuneCountInString(strings.TrimSpace(h.last)) > clearAfter {
		return true
	}
	asked := strings.ToLower(h.last)
	for _, word := range []string{"카드", "뽑", "타로", "card", "tarot", "draw"} {
		if strings.Contains(asked, word) {
			return true
		}
	}
	return false
}
