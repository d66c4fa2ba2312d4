package ink

import (
	"math"
	"slices"
)

// Point is a place on the paper; y grows downwards, as in SVG.
type Point struct{ X, Y float64 }

// verb says how a path goes on.
type verb byte

const (
	moveTo  verb = 'M'
	lineTo  verb = 'L'
	curveTo verb = 'C' // a cubic Bézier curve
	closing verb = 'Z'
)

// step is one verb with its points: one for a move or a line, three for a curve.
type step struct {
	verb   verb
	points [3]Point
}

// count returns how many of the points the verb uses.
func (v verb) count() int {
	switch v {
	case moveTo, lineTo:
		return 1
	case curveTo:
		return 3
	default:
		return 0
	}
}

// Path is a sequence of lines and curves in one or more pieces. Methods return new paths: a path
// that was handed out never changes.
type Path []step

// At begins a path at a point.
func At(x, y float64) Path { return Path{{verb: moveTo, points: [3]Point{{x, y}}}} }

// Line goes on straight to each of the points, given as pairs of x and y.
func (p Path) Line(xy ...float64) Path {
	p = slices.Clip(p)
	for pair := range slices.Chunk(xy, 2) {
		p = append(p, step{verb: lineTo, points: [3]Point{{pair[0], pair[1]}}})
	}
	return p
}

// Curve goes on in cubic Bézier curves: two handles and an end for each, given as six numbers.
func (p Path) Curve(xy ...float64) Path {
	p = slices.Clip(p)
	for c := range slices.Chunk(xy, 6) {
		p = append(p, step{verb: curveTo, points: [3]Point{{c[0], c[1]}, {c[2], c[3]}, {c[4], c[5]}}})
	}
	return p
}

// Shut closes the current piece with a straight line.
func (p Path) Shut() Path { return append(slices.Clip(p), step{verb: closing}) }

// With adds the pieces of other paths.
func (p Path) With(others ...Path) Path {
	return slices.Concat(append([]Path{p}, others...)...)
}

// On returns the path after a transformation.
func (p Path) On(m Affine) Path {
	out := slices.Clone(p)
	for i := range out {
		for k := range out[i].verb.count() {
			out[i].points[k] = m.Apply(out[i].points[k])
		}
	}
	return out
}

// Moved returns the path moved by dx and dy.
func (p Path) Moved(dx, dy float64) Path { return p.On(Move(dx, dy)) }

// Turned returns the path turned clockwise by degrees around a point.
func (p Path) Turned(degrees, x, y float64) Path { return p.On(Turn(degrees, x, y)) }

// Mirrored returns the path mirrored at the vertical line through x.
func (p Path) Mirrored(x float64) Path { return p.On(Affine{-1, 0, 0, 1, 2 * x, 0}) }

// Both returns the path and its mirror image at the vertical line through x. Where the two overlap
// they are both solid only in a stroke: in a fill their windings cancel out.
func (p Path) Both(x float64) Path { return p.With(p.Mirrored(x)) }

// Around returns n copies of the path, turned evenly around a point.
func (p Path) Around(n int, x, y float64) Path {
	var out Path
	for i := range n {
		out = append(out, p.Turned(360*float64(i)/float64(n), x, y)...)
	}
	return out
}

// bounds returns the corners of a rectangle around all points, handles included.
func (p Path) bounds() (low, high Point) {
	low, high = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, s := range p {
		for _, at := range s.points[:s.verb.count()] {
			low = Point{min(low.X, at.X), min(low.Y, at.Y)}
			high = Point{max(high.X, at.X), max(high.Y, at.Y)}
		}
	}
	return low, high
}
