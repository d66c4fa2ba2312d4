package ink

import "math"

// Paint is what a shape is filled or stroked with: one colour, or a gradient between two.
type Paint struct {
	from, to shade
	kind     kind
	a, b     Point // the ends of a linear gradient; the centre of a radial one
	r        float64
}

// shade is a colour, 0xRRGGBB, and how opaque it is, from 0 to 1.
type shade struct {
	rgb   uint32
	alpha float64
}

type kind byte

const (
	flat kind = iota
	linear
	radial
)

// Flat returns the colour 0xRRGGBB.
func Flat(rgb uint32) Paint { return Paint{from: shade{rgb, 1}} }

// Fade returns the colour with the given opacity, from 0 to 1.
func (p Paint) Fade(alpha float64) Paint {
	p.from.alpha, p.to.alpha = alpha, alpha
	return p
}

// Linear returns a gradient from one colour at (x1, y1) to another at (x2, y2).
func Linear(x1, y1, x2, y2 float64, from, to Paint) Paint {
	return Paint{kind: linear, from: from.from, to: to.from, a: Point{x1, y1}, b: Point{x2, y2}}
}

// Radial returns a gradient from one colour in the centre to another at the distance r.
func Radial(x, y, r float64, from, to Paint) Paint {
	return Paint{kind: radial, from: from.from, to: to.from, a: Point{x, y}, r: r}
}

// on returns the paint after a transformation.
func (p Paint) on(m Affine) Paint {
	p.a, p.b, p.r = m.Apply(p.a), m.Apply(p.b), p.r*m.factor()
	return p
}

// rampSize is how finely a gradient is told apart: finer than a channel of eight bits.
const rampSize = 1024

// ramp returns the colours from one end of a gradient to the other, or the only one of a flat paint.
// Each is red, green, blue and opacity from 0 to 1, not premultiplied. SVG interpolates the same way:
// channel by channel, the opacity among them.
func (p Paint) ramp() [][4]float32 {
	if p.kind == flat {
		return [][4]float32{p.from.channels()}
	}
	out := make([][4]float32, rampSize)
	from, to := p.from.channels(), p.to.channels()
	for i := range out {
		t := float32(i) / (rampSize - 1)
		for c := range out[i] {
			out[i][c] = from[c] + (to[c]-from[c])*t
		}
	}
	return out
}

// place returns the index in the ramp for a point.
func (p Paint) place(x, y float64) int {
	var t float64
	switch p.kind {
	case flat:
		return 0
	case linear:
		dx, dy := p.b.X-p.a.X, p.b.Y-p.a.Y
		t = ((x-p.a.X)*dx + (y-p.a.Y)*dy) / (dx*dx + dy*dy)
	case radial:
		dx, dy := x-p.a.X, y-p.a.Y
		t = math.Sqrt(dx*dx+dy*dy) / p.r
	}
	return int(min(max(t, 0), 1)*(rampSize-1) + 0.5)
}

// channels returns the parts of the colour and its opacity, each from 0 to 1.
func (s shade) channels() [4]float32 {
	part := func(shift int) float32 { return float32(s.rgb>>shift&0xff) / 255 }
	return [4]float32{part(16), part(8), part(0), float32(s.alpha)}
}
