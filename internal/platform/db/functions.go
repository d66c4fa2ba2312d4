package db

import (
	"math"
	"strings"

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

// SearchText returns what search looks through: the parts in Unicode NFC and lower case, with
// single spaces, one part a line, so that words never match across parts.
func SearchText(parts ...string) string {
	lines := make([]string, 0, len(parts))
	for _, part := range parts {
		line := strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(part))), " ")
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// Grams returns the pairs of neighbouring letters of text as hexadecimal words separated by
// spaces, in order. Hexadecimal, because tokenizers fold and split letters, and pairs, because a
// Korean word of two letters must be found inside longer ones.
func Grams(text string) string {
	const digits = "0123456789abcdef"
	letters := []rune(text)
	var b strings.Builder
	b.Grow(len(letters) * 11)
	for i := 0; i+1 < len(letters); i++ {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, r := range letters[i : i+2] {
			for shift := 20; shift >= 0; shift -= 4 {
				if d := r >> shift; d != 0 || shift == 0 {
					b.WriteByte(digits[d&0xf])
				}
			}
			b.WriteByte('x')
		}
	}
	return b.String()
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
