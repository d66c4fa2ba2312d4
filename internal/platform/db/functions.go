package db

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/text/unicode/norm"
)

// registerFunctions gives a SQLite connection the functions that PostgreSQL gets from the
// migrations: moa_grams(text) and moa_distance(lat, lon, lat, lon).
func registerFunctions(conn *sqlite3.SQLiteConn) error {
	if err := conn.RegisterFunc("moa_grams", Grams, true); err != nil {
		return err
	}
	return conn.RegisterFunc("moa_distance", Distance, true)
}

// Line returns text as a field of one line is kept: in Unicode NFC, without white space around it,
// with single spaces inside, and without what PostgreSQL cannot keep.
func Line(text string) string { return strings.Join(strings.Fields(Text(text)), " ") }

// Text returns text as a field of several lines is kept: in Unicode NFC, without white space around
// it, and without what PostgreSQL cannot keep.
func Text(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	return strings.TrimSpace(norm.NFC.String(text))
}

// SearchText returns what search looks through: the parts in Unicode NFC and lower case, with
// single spaces, one part a line, so that words never match across parts.
func SearchText(parts ...string) string {
	lines := make([]string, 0, len(parts))
	for _, part := range parts {
		// Lower case first: it can take letters apart that NFC joins.
		if line := Line(strings.ToLower(norm.NFC.String(part))); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// gap stands between the words of the grams, so that the last pair of a word and the first pair of
// the next one are never neighbours.
const gap = "0"

// Grams returns the pairs of neighbouring letters of each word of text, separated by spaces, in
// order: a Korean word of two letters must be found inside longer ones. ASCII signs are moved to the
// private use area of Unicode, because tokenizers split at them (the "simple" tokenizer takes as
// letters the ASCII ones, digits, and all above ASCII: https://www.sqlite.org/fts3.html#tokenizer).
func Grams(text string) string {
	var b strings.Builder
	b.Grow(3 * len(text))
	last := ' '
	paired := false
	for _, r := range text {
		r = wordLetter(r)
		switch {
		case r == ' ':
			paired = false
		case last != ' ':
			if !paired && b.Len() > 0 {
				b.WriteString(" " + gap)
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteRune(last)
			b.WriteRune(r)
			paired = true
		}
		last = r
	}
	return b.String()
}

// wordLetter returns r as a letter that tokenizers keep, and any white space as a space.
func wordLetter(r rune) rune {
	const privateUse = 0xE000
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r >= utf8.RuneSelf, '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return r
	}
	return privateUse + r
}

// earthRadius is the mean radius of the earth in metres (IUGG).
const earthRadius = 6_371_008.8

// Distance returns the distance in metres between two points given in degrees, by the haversine
// formula on a sphere (R. W. Sinnott, Sky and Telescope 68, 1984); within 0.5 % of the ellipsoid.
func Distance(lat1, lon1, lat2, lon2 float64) float64 {
	const radian = math.Pi / 180
	sinLat := math.Sin((lat2 - lat1) * radian / 2)
	sinLon := math.Sin((lon2 - lon1) * radian / 2)
	h := sinLat*sinLat + math.Cos(lat1*radian)*math.Cos(lat2*radian)*sinLon*sinLon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}
