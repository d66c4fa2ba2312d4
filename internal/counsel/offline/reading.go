package offline

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// longestCard is the length of what is said of one card, in letters (requirement of the product).
const longestCard = 500

// reading interprets the cards one by one in view of what was said, closes and asks for feedback.
func (w *writer) reading(cards []Card, h heard) string {
	parts := []string{w.say("tarot/reading open")}
	for i, card := range cards {
		part := w.card(card, i, len(cards))
		w.said += "\n" + part // so that the next card is read in other words
		parts = append(parts, part)
	}
	parts = append(parts, w.joined([]string{w.say("tarot/reading close"), w.say("tarot/feedback")}, h))
	return strings.Join(parts, "\n\n")
}

// card interprets the i-th of count cards.
func (w *writer) card(c Card, i, count int) string {
	side := "upright"
	if c.Reversed {
		side = "reversed"
	}
	w.values["name"], w.values["orientation"] = c.Name, w.say("tarot/"+side)
	w.values["place"] = strconv.Itoa(c.Position + 1)
	w.values["keywords"] = strings.Join(c.Keywords, ", ")
	w.values["ordinal"] = w.nth("tarot/ordinals", i)
	w.values["role"] = w.nth("tarot/roles", i+firstRole(count))

	before := []string{w.say("tarot/card")}
	if len(c.Keywords) > 0 {
		before = append(before, w.say("tarot/card keywords"))
	}
	lead, after := strings.Join(before, " "), w.say("tarot/card "+side)
	room := longestCard - utf8.RuneCountInString(lead) - utf8.RuneCountInString(after) - 2
	return strings.Join(strings.Fields(lead+" "+sentence(c.Meaning, room)+" "+after), " ")
}

// firstRole returns which place of the spread the first card has: one or two cards speak of now and of
// the direction ahead, more begin with the way behind.
func firstRole(count int) int {
	if count < 3 {
		return 1
	}
	return 0
}

// nth returns the i-th line of a section, the last one for all beyond.
func (w *writer) nth(key string, i int) string {
	list := w.phrases[key]
	return list[min(i, len(list)-1)]
}

// sentence returns text of at most most letters with a mark at its end.
func sentence(text string, most int) string {
	text = strings.TrimSpace(text)
	if text == "" || most < 2 {
		return ""
	}
	text = shortened(text, most-1)
	if last, _ := utf8.DecodeLastRuneInString(text); strings.ContainsRune(".?!…", last) {
		return text
	}
	return text + "."
}
