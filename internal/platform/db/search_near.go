package db

import (
	"math"
	"strconv"

	"entgo.io/ent/dialect/sql"
)

// Circle is a circle on the map: a centre in degrees and a radius in metres.
type Circle struct {
	Latitude, Longitude float64
	Radius              float64
}

// Where narrows s to the rows whose columns latitude and longitude lie inside the circle: a box for
// the index, then the exact distance.
func (c Circle) Where(s *sql.Selector) {
	box := c.box()
	s.Where(sql.And(sql.GTE(s.C("latitude"), box.south), sql.LTE(s.C("latitude"), box.north)))
	switch {
	case box.allAround:
	case box.west < -180:
		s.Where(sql.Or(sql.GTE(s.C("longitude"), box.west+360), sql.LTE(s.C("longitude"), box.east)))
	case box.east > 180:
		s.Where(sql.Or(sql.GTE(s.C("longitude"), box.west), sql.LTE(s.C("longitude"), box.east-360)))
	default:
		s.Where(sql.And(sql.GTE(s.C("longitude"), box.west), sql.LTE(s.C("longitude"), box.east)))
	}
	s.Where(sql.P(func(b *sql.Builder) { b.WriteString(c.Distance(s)).WriteOp(sql.OpLTE).Arg(c.Radius) }))
}

// Distance returns the SQL expression for the distance of a row from the centre, in metres; null
// for a row without a place.
func (c Circle) Distance(s *sql.Selector) string {
	return "moa_distance(" + s.C("latitude") + ", " + s.C("longitude") + ", " +
		number(c.Latitude) + ", " + number(c.Longitude) + ")"
}

// box is the smallest one along the meridians and parallels that holds a circle, in degrees. West
// may lie beyond -180 and east beyond 180.
type box struct {
	south, north, west, east float64
	// allAround is set when the circle holds a pole, and so every longitude.
	allAround bool
}

// box follows J. P. Matuschek, "Finding Points Within a Distance of a Latitude/Longitude Using
// Bounding Coordinates", and is a little larger, for the rounding of the last digit.
func (c Circle) box() box {
	const degree, margin = 180 / math.Pi, 1e-9
	angle := c.Radius / earthRadius
	b := box{south: c.Latitude - angle*degree - margin, north: c.Latitude + angle*degree + margin}
	if b.south <= -90 || b.north >= 90 {
		b.allAround = true
		return b
	}
	width := math.Asin(math.Sin(angle)/math.Cos(c.Latitude/degree))*degree + margin
	b.west, b.east = c.Longitude-width, c.Longitude+width
	return b
}

// number writes x for SQL, in digits that read back as the same x.
func number(x float64) string {
	return "CAST(" + strconv.FormatFloat(x, 'e', -1, 64) + " AS double precision)"
}
