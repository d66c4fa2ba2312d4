package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The longest quotation of a person's words, in letters.
const (
	longestKorean = 24
	longestOther  = 56
)

// quote returns the first sentence of text, shortened at a word, to be repeated to the person; "" when
// there are no words in it, and when it may hold an address or a number that nobody should repeat.
func quote(text string) string {
	sentence := firstSentence(norm.NFC.String(strings.ToValidUTF8(text, " ")))
	if strings.ContainsAny(sentence, "@") || strings.Contains(sentence, "://") || digits(sentence) > 5 {
		return ""
	}
	sentence = strings.Join(strings.Fields(strings.Map(plain, sentence)), " ")
	sentence = strings.Trim(sentence, " ,-~'")
	longest := longestOther
	if strings.ContainsFunc(sentence, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
		longest = longestKorean
	}
	if utf8.RuneCountInString(sentence) < 2 {
		return ""
	}
	return shortened(sentence, longest)
}

// firstSentence returns text up to the first mark that ends a sentence. In Korean chat, tears and laughter
// (ㅠㅠ, ㅋㅋ) often stand where that mark would.
func firstSentence(text string) string {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return isJamo(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for at, r := range text {
		next, _ := utf8.DecodeRuneInString(text[at+utf8.RuneLen(r):])
		within := r == '.' && (unicode.IsLetter(next) || unicode.IsDigit(next)) // as in 3.5
		if isJamo(r) || strings.ContainsRune("\n.?!…。", r) && !within {
			return text[:at]
		}
	}
	return text
}

// plain keeps letters, digits and a few marks, and turns all else into spaces.
func plain(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(",-~'’%", r) {
		return r
	}
	return ' '
}

// isJamo reports whether r is a Korean letter that stands alone.
func isJamo(r rune) bool { return r >= 'ㄱ' && r <= 'ㆎ' }

// shortened returns text cut to at most most letters, after a word where it can.
func shortened(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	cut := string(letters[:most])
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,-~'") + "…"
}

func digits(text string) (count int) {
	for _, r := range text {
		if unicode.IsDigit(r) {
			count++
		}
	}
	return count
}
