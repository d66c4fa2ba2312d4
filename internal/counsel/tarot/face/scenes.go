package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// scene is what a card of the major arcana shows: a sky and an emblem before it.
type scene struct {
	high, low ink.Paint
	draw      func(*ink.Drawing)
}

// scenes returns the scenes in the order of their numbers.
func scenes() [22]scene {
	dusk, dawn := ink.Flat(0x2b2768), ink.Flat(0xd98a6a)
	return [22]scene{
		{ink.Flat(0xf4c66b), ink.Flat(0xe8825a), fool},
		{ink.Flat(0x7c2d5e), ink.Flat(0xd8705f), magician},
		{ink.Flat(0x1c2b5e), ink.Flat(0x5a78b8), priestess},
		{ink.Flat(0xe6b26a), ink.Flat(0x7fa860), empress},
		{ink.Flat(0x7b2230), ink.Flat(0xd96b3f), emperor},
		{ink.Flat(0x3f2a66), ink.Flat(0x94609c), hierophant},
		{ink.Flat(0xf0a88a), ink.Flat(0xb9547c), lovers},
		{ink.Flat(0x1e3a6e), ink.Flat(0x5fa3b5), chariot},
		{ink.Flat(0xf2b95c), ink.Flat(0xb85a3a), strength},
		{night, ink.Flat(0x4a5a94), hermit},
		{ink.Flat(0x24306b), ink.Flat(0x7b58a6), wheel},
		{ink.Flat(0x4c3a80), ink.Flat(0xa66a8c), justice},
		{ink.Flat(0x1f5566), ink.Flat(0x7dbb9e), hanged},
		{dusk, dawn, transformation},
		{ink.Flat(0x8fc4d6), ink.Flat(0xf0d9a0), temperance},
		{ink.Flat(0x35172f), ink.Flat(0x8c3340), devil},
		{ink.Flat(0x232250), ink.Flat(0x7a4a72), tower},
		{ink.Flat(0x14204f), ink.Flat(0x3f79a8), star},
		{ink.Flat(0x171a44), ink.Flat(0x556aa8), moon},
		{ink.Flat(0x8fd0e0), ink.Flat(0xfbe3a0), sun},
		{ink.Flat(0x6fa7d6), ink.Flat(0xf6d3b0), judgement},
		{ink.Flat(0x28356f), ink.Flat(0x3d8c93), world},
	}
}

// ground draws land from a line down to the lower edge of the window. The line begins at the left
// at y, bends by the two handles and ends at the right.
func ground(d *ink.Drawing, paint ink.Paint, y, bend1, bend2, end float64) {
	d.Fill(paint, ink.At(left, y).Curve(left+80, bend1, right-80, bend2, right, end).
		Line(right, bottom-rounding).Curve(right, bottom-7, right-7, bottom, right-rounding, bottom).
		Line(left+rounding, bottom).Curve(left+7, bottom, left, bottom-7, left, bottom-rounding).Shut())
}

// glow draws light around a point, inside the window.
func glow(d *ink.Drawing, x, y, r float64, paint ink.Paint, alpha float64) {
	d.Fill(ink.Radial(x, y, r, paint.Fade(alpha), paint.Fade(0)), pane())
}

// sparks draws small stars, given as x, y and size each.
func sparks(d *ink.Drawing, paint ink.Paint, xyr ...float64) {
	var all ink.Path
	for i := 0; i+2 < len(xyr); i += 3 {
		all = all.With(ink.Spark(xyr[i], xyr[i+1], xyr[i+2]))
	}
	d.Fill(paint, all)
}

// infinity draws a lying eight around a point.
func infinity(d *ink.Drawing, x, y, r float64, paint ink.Paint, width float64) {
	d.Stroke(paint, width, ink.At(x, y).Curve(x+r*0.5, y-r*0.75, x+r*1.4, y-r*0.7, x+r*1.4, y, x+r*1.4, y+r*0.7, x+r*0.5, y+r*0.75, x, y).
		Curve(x-r*0.5, y-r*0.75, x-r*1.4, y-r*0.7, x-r*1.4, y, x-r*1.4, y+r*0.7, x-r*0.5, y+r*0.75, x, y).Shut())
}

// rayed draws a sun: a disc with n pointed rays.
func rayed(d *ink.Drawing, x, y, r, reach float64, n int, disc, rays ink.Paint) {
	ray := ink.Polygon(x-r*0.2, y-r*1.16, x, y-reach, x+r*0.2, y-r*1.16)
	d.Fill(rays, ray.Around(n, x, y))
	d.Fill(disc, ink.Circle(x, y, r))
}
