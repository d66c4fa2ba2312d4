package insight

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// words returns text as the lexicon has it: composed (NFKC, so that a text typed on a Mac and one in
// full-width letters read alike), in lower case, words set apart by one space, with a space at each end.
// Apostrophes vanish ("can't" is "cant"); every other mark sets words apart.
func words(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte(' ')
	apart := true
	for _, r := range norm.NFKC.String(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
			apart = false
		case r == '\'' || r == '’':
		case !apart:
			b.WriteByte(' ')
			apart = true
		}
	}
	if !apart {
		b.WriteByte(' ')
	}
	return b.String()
}

// letters returns the letters of words alone: what is left when somebody writes "죽 고.싶 다".
func letters(words string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, words)
}
