package insight

import (
	"strings"
	"unicode/utf8"
)

// Crisis reports whether text speaks of suicide or self-harm, of the writer's own or of another's. It
// looks for clear wording after taking out the commonest harmless idioms, whatever the spacing and the
// marks between the letters; what is uncertain counts, because the help lines cost a glance and their
// absence may cost a life. It is no diagnosis, and text without wording for it says nothing of safety.
func Crisis(text string) bool {
	l, read := book(), words(text)
	return l.crisisWords.speak(read) || l.crisisLetters.speak(letters(read))
}

// speak reports whether text contains one of the phrases when all that is harmless has been taken out.
// A bar stays in its place, so that what was apart does not meet.
func (p phrases) speak(text string) bool {
	if !p.within(text) {
		return false
	}
	for _, idiom := range p.harmless {
		text = strings.ReplaceAll(text, idiom, "|")
	}
	return p.within(text)
}

func (p phrases) within(text string) bool {
	for at, r := range text {
		next, _ := utf8.DecodeRuneInString(text[at+utf8.RuneLen(r):])
		for _, phrase := range p.clear[[2]rune{r, next}] {
			if strings.HasPrefix(text[at:], phrase) {
				return true
			}
		}
	}
	return false
}
