// Package particle chooses the form of a Korean particle by the word before it: 을 after a final
// consonant (batchim), 를 after a vowel.
package particle

import "unicode"

// The Hangul syllables of Unicode lie in order of their letters: 28 finals, the first of which is none,
// for each pair of an initial and a vowel (The Unicode Standard, §3.12).
const (
	firstSyllable = '가'
	lastSyllable  = '힣'
	finals        = 28
	finalRieul    = 8 // ㄹ
)

// Of returns the form of a particle that follows word: after for a word that ends in a consonant, and
// otherwise for one that ends in a vowel, as in Of("돈", "을", "를"). Marks at the end, like quotation
// marks, are passed over; digits and Latin letters count as they are read in Korean. For 으로 and 로, ㄹ
// counts as a vowel.
func Of(word, after, otherwise string) string {
	switch final := finalOf(word); {
	case final == 0, final == finalRieul && otherwise == "로":
		return otherwise
	}
	return after
}

// With returns word and the form of the particle that follows it.
func With(word, after, otherwise string) string { return word + Of(word, after, otherwise) }

// finalOf returns the final of the last letter of word, counted as in a syllable: 0 when it has none.
func finalOf(word string) rune {
	last := rune(0)
	for _, r := range word {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			last = unicode.ToLower(r)
		}
	}
	switch {
	case last >= firstSyllable && last <= lastSyllable:
		return (last - firstSyllable) % finals
	case last == '1' || last == '7' || last == '8' || last == 'l' || last == 'r': // 일, 칠, 팔, 엘, 알
		return finalRieul
	case last == '0' || last == '3' || last == '6' || last == 'm' || last == 'n': // 영, 삼, 육, 엠, 엔
		return 1
	}
	return 0
}
