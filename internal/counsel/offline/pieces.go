package offline

import "unicode"

// longestPiece is the length of a piece, in letters.
const longestPiece = 4

// Pieces returns text cut as a model streams it: at most four letters each, a new one at every word, its
// space before it. Together they are text, and each is valid UTF-8 if text is.
func Pieces(text string) (pieces []string) {
	start, letters, inWord := 0, 0, false
	for at, r := range text {
		space := unicode.IsSpace(r)
		if letters == longestPiece || (space && inWord) {
			pieces = append(pieces, text[start:at])
			start, letters = at, 0
		}
		letters++
		inWord = !space
	}
	if start < len(text) {
		pieces = append(pieces, text[start:])
	}
	return pieces
}
