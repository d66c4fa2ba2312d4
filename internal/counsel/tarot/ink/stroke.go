package ink

import "math"

// smooth is the cosine up to which a corner is taken for a part of a flattened curve.
const smooth = 0.94

// line is one piece of a path as a chain of points.
type line struct {
	points []Point
	closed bool
}

// lines flattens the path: curves become chords shorter than about two units of the paper.
func (p Path) lines() []line {
	var out []line
	var current line
	add := func(at Point) {
		if n := len(current.points); n == 0 || distance(current.points[n-1], at) > 1e-6 {
			current.points = append(current.points, at)
		}
	}
	finish := func() {
		if len(current.points) > 0 {
			out = append(out, current)
		}
		current = line{}
	}
	for _, s := range p {
		switch s.verb {
		case moveTo:
			finish()
			add(s.points[0])
		case lineTo:
			add(s.points[0])
		case curveTo:
			for _, at := range chords(current.points[len(current.points)-1], s.points) {
				add(at)
			}
		case closing:
			current.closed = true
			if n := len(current.points); n > 1 && distance(current.points[0], current.points[n-1]) < 1e-6 {
				current.points = current.points[:n-1]
			}
			finish()
		}
	}
	finish()
	return out
}

// chords returns points on the cubic curve after its beginning, the end among them.
func chords(from Point, c [3]Point) []Point {
	length := distance(from, c[0]) + distance(c[0], c[1]) + distance(c[1], c[2])
	n := 6 + int(length/2)
	out := make([]Point, n)
	for i := range out {
		t := float64(i+1) / float64(n)
		u := 1 - t
		w0, w1, w2, w3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		out[i] = Point{
			w0*from.X + w1*c[0].X + w2*c[1].X + w3*c[2].X,
			w0*from.Y + w1*c[0].Y + w2*c[1].Y + w3*c[2].Y,
		}
	}
	return out
}

// outline returns the area that a pen of the given radius covers along the path. Each piece is
// walked along its left side there and back, so all have the same winding and none cancels another.
func (p Path) outline(radius float64) Path {
	var out Path
	for _, l := range p.lines() {
		switch {
		case len(l.points) == 1:
			out = append(out, Circle(l.points[0].X, l.points[0].Y, radius)...)
		case l.closed && len(l.points) > 2:
			out = append(out, polygon(l.side(radius))...)
			out = append(out, polygon(l.reversed().side(radius))...)
		default:
			l.closed = false
			out = append(out, polygon(append(l.side(radius), l.reversed().side(radius)...))...)
		}
	}
	return out
}

func (l line) reversed() line {
	out := line{points: make([]Point, len(l.points)), closed: l.closed}
	for i, at := range l.points {
		out.points[len(l.points)-1-i] = at
	}
	return out
}

// side returns the chain of points at a distance to the left of the line, as seen in its direction,
// and, of an open line, the round cap at its end.
func (l line) side(radius float64) []Point {
	n := len(l.points)
	var out []Point
	for i, at := range l.points {
		before, after := direction(l.points[(i+n-1)%n], at), direction(at, l.points[(i+1)%n])
		switch {
		case !l.closed && i == 0:
			out = append(out, offset(at, after, radius))
		case !l.closed && i == n-1:
			out = append(out, turn(at, before, math.Pi, radius)...)
		default:
			room := min(distance(l.points[(i+n-1)%n], at), distance(at, l.points[(i+1)%n]))
			out = append(out, corner(at, before, after, radius, room)...)
		}
	}
	return out
}

// corner returns the left side of a corner. Room is the length of the shorter line at it.
func corner(at, before, after Point, radius, room float64) []Point {
	cos := before.X*after.X + before.Y*after.Y
	sin := before.X*after.Y - before.Y*after.X
	reach := radius / max(1+cos, 1e-9) // of the point where both sides meet, along before + after
	meets := Point{at.X + (before.Y+after.Y)*reach, at.Y - (before.X+after.X)*reach}
	switch {
	case cos > smooth:
		return []Point{meets}
	case sin > 0: // a right turn: the left side is outside and goes around
		return turn(at, before, math.Atan2(sin, cos), radius)
	case distance(at, meets) <= math.Hypot(room, radius):
		return []Point{meets}
	default: // too narrow to meet
		return []Point{offset(at, before, radius), offset(at, after, radius)}
	}
}

// turn returns a chain around a point, clockwise by an angle in radians, from the left of a direction.
func turn(at, along Point, angle, radius float64) []Point {
	n := 2 + int(angle*math.Sqrt(radius)*2)
	out := make([]Point, n+1)
	for i := range out {
		sin, cos := math.Sincos(angle * float64(i) / float64(n))
		out[i] = offset(at, Point{along.X*cos - along.Y*sin, along.X*sin + along.Y*cos}, radius)
	}
	return out
}

// offset returns the point at a distance to the left of a direction; y grows downwards.
func offset(at, along Point, by float64) Point { return Point{at.X + along.Y*by, at.Y - along.X*by} }

func direction(from, to Point) Point {
	d := distance(from, to)
	return Point{(to.X - from.X) / d, (to.Y - from.Y) / d}
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

func polygon(points []Point) Path {
	out := At(points[0].X, points[0].Y)
	for _, at := range points[1:] {
		out = append(out, step{verb: lineTo, points: [3]Point{at}})
	}
	return out.Shut()
}
