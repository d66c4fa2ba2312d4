package ink

import "math"

// Affine is the transformation x' = m0·x + m2·y + m4, y' = m1·x + m3·y + m5: the order of the
// numbers in SVG's matrix().
type Affine [6]float64

// Move moves by dx and dy.
func Move(dx, dy float64) Affine { return Affine{1, 0, 0, 1, dx, dy} }

// Scale makes everything s times as large, as seen from the origin.
func Scale(s float64) Affine { return Affine{s, 0, 0, s, 0, 0} }

// Turn turns clockwise by degrees around a point.
func Turn(degrees, x, y float64) Affine {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return Affine{cos, sin, -sin, cos, x - cos*x + sin*y, y - sin*x - cos*y}
}

// Then returns the transformation that does m first and next after it.
func (m Affine) Then(next Affine) Affine {
	at := next.Apply(Point{m[4], m[5]})
	return Affine{
		next[0]*m[0] + next[2]*m[1], next[1]*m[0] + next[3]*m[1],
		next[0]*m[2] + next[2]*m[3], next[1]*m[2] + next[3]*m[3],
		at.X, at.Y,
	}
}

// Apply returns where a point goes.
func (m Affine) Apply(p Point) Point {
	return Point{m[0]*p.X + m[2]*p.Y + m[4], m[1]*p.X + m[3]*p.Y + m[5]}
}

// factor returns how much longer lengths become; on the average where directions differ.
func (m Affine) factor() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }
