package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// fool: a bundle on a stick, at the edge of a cliff, under a large sun.
func fool(d *ink.Drawing) {
	glow(d, 192, 150, 100, cream, 0.8)
	d.Fill(cream, ink.Circle(192, 150, 44))
	d.Stroke(cream.Fade(0.7), 2, ink.Circle(192, 150, 56))
	ground(d, ink.Flat(0xc65f5a), 330, 250, 380, 300)
	ground(d, ink.Flat(0x8d3f5c), 372, 340, 400, 352)
	d.Fill(plum, ink.At(left, 346).Line(150, 340).Curve(172, 342, 178, 352, 168, 366).Line(176, 392).Line(152, 420).Line(160, bottom).
		Line(left+rounding, bottom).Curve(left+7, bottom, left, bottom-7, left, bottom-rounding).Shut())
	d.Fill(leaf, ink.At(left, 340).Curve(70, 332, 120, 334, 160, 338).Curve(176, 342, 170, 352, 158, 352).Curve(120, 346, 70, 352, left, 356).Shut())
	d.Stroke(brown, 6, ink.At(84, 338).Line(150, 196))
	d.Fill(cream, ink.Circle(164, 214, 27))
	d.Fill(rose, ink.Circle(157, 208, 4.5), ink.Circle(173, 220, 4.5), ink.Circle(158, 227, 4.5), ink.Circle(172, 204, 4.5))
	d.Fill(cream, ink.Leaf(150, 192, 26, 14).Turned(-40, 150, 192), ink.Leaf(150, 192, 24, 14).Turned(50, 150, 192))
	d.Stroke(rose, 4, ink.At(143, 194).Line(158, 192))
	rosebud(d, 112, 316, 15)
	sparks(d, cream, 66, 120, 11, 98, 96, 7, 240, 236, 9, 60, 210, 7)
}

// rosebud draws a white rose with two leaves.
func rosebud(d *ink.Drawing, x, y, r float64) {
	d.Stroke(moss, 3, ink.At(x, y).Line(x, y+r*1.6))
	d.Fill(moss, ink.Leaf(x, y+r*1.3, r, r*0.5).Turned(60, x, y+r*1.3), ink.Leaf(x, y+r*1.3, r, r*0.5).Turned(-60, x, y+r*1.3))
	d.Fill(cream, ink.Circle(x, y-r*0.55, r*0.55).Around(5, x, y))
	d.Fill(straw, ink.Circle(x, y, r*0.4))
}

// magician: the four marks on a table below a raised wand and the sign of infinity.
func magician(d *ink.Drawing) {
	glow(d, middleX, 210, 130, straw, 0.7)
	infinity(d, middleX, 108, 24, straw, 5)
	d.Fill(straw.Fade(0.5), ink.Polygon(147, 148, 150, 136, 153, 148).Around(1, 0, 0),
		ink.Polygon(148, 170, 150, 132, 152, 170).Around(16, middleX, 220))
	d.Stroke(cream, 8, ink.At(middleX, 156).Line(middleX, 288))
	d.Fill(gold, ink.Circle(middleX, 156, 9), ink.Circle(middleX, 288, 9))
	d.Fill(wine, ink.Round(50, 340, 200, 14, 5), ink.Rect(64, 350, 12, 70), ink.Rect(224, 350, 12, 70))
	d.Fill(plum.Fade(0.75), ink.At(66, 354).Line(234, 354).Line(234, 394).Curve(206, 412, 178, 412, 150, 394, 122, 412, 94, 412, 66, 394).Shut())
	for i, mark := range []func() *ink.Drawing{wand, cup, sword, pentacle} {
		d.Place(mark(), ink.Scale(0.72).Then(ink.Move(76+49.5*float64(i), 316)))
	}
	sparks(d, cream, 70, 150, 10, 230, 150, 10, 84, 230, 7, 216, 230, 7, 60, 96, 6, 240, 96, 6)
	d.Fill(straw, ink.Spark(middleX, 390, 11))
}

// priestess: the moon between a dark and a light pillar, and a scroll.
func priestess(d *ink.Drawing) {
	d.Fill(teal.Fade(0.55), ink.Rect(88, 170, 124, 240))
	for _, at := range []spot{{119, 220}, {181, 220}, {150, 252}, {119, 284}, {181, 284}, {119, 348}, {181, 348}} {
		d.Fill(rose, ink.Circle(at.x, at.y, 9))
		d.Fill(straw, ink.Star(at.x, at.y-9, 3, 5, 2))
	}
	pillar(d, 66, night, steel)
	pillar(d, 234, cream, sand)
	glow(d, middleX, 146, 84, cream, 0.6)
	d.Fill(cream, ink.Crescent(middleX, 142, 40).Turned(-90, middleX, 142))
	d.Fill(straw, ink.Circle(middleX, 132, 15))
	d.Fill(cream, ink.Round(104, 318, 92, 44, 4))
	d.Fill(sand, ink.Round(98, 312, 14, 56, 7), ink.Round(188, 312, 14, 56, 7))
	d.Stroke(steel, 2, ink.At(122, 332).Line(178, 332), ink.At(122, 340).Line(178, 340), ink.At(122, 348).Line(160, 348))
	ground(d, sea, 412, 404, 404, 412)
	d.Stroke(aqua.Fade(0.7), 2, ink.At(60, 430).Line(120, 430), ink.At(140, 438).Line(236, 438), ink.At(84, 446).Line(150, 446))
	sparks(d, cream, 110, 92, 7, 190, 92, 7, 150, 84, 5)
}

// pillar draws a column that stands in the window from above to below.
func pillar(d *ink.Drawing, x float64, stone, edge ink.Paint) {
	d.Fill(stone, ink.Rect(x-18, 150, 36, 264))
	d.Stroke(edge, 1.6, ink.At(x-8, 172).Line(x-8, 398), ink.At(x, 172).Line(x, 398), ink.At(x+8, 172).Line(x+8, 398))
	d.Fill(edge, ink.Round(x-26, 140, 52, 12, 4), ink.Round(x-22, 154, 44, 9, 4), ink.Round(x-26, 404, 52, 14, 4))
}

// empress: a heart with the sign of Venus under twelve stars, in ripe wheat.
func empress(d *ink.Drawing) {
	glow(d, middleX, 236, 130, cream, 0.75)
	ground(d, moss, 372, 340, 340, 372)
	ground(d, ink.Flat(0x3f7049), 410, 390, 390, 410)
	star := ink.Star(middleX, 130, 5, 8.5, 3.6)
	for i := range 9 {
		d.Fill(cream, star.Turned(float64(i-4)*22.5, middleX, 240))
	}
	d.Fill(ink.Flat(0xa93a5f), ink.Heart(middleX, 246, 78))
	d.Fill(rose, ink.Heart(middleX, 243, 66))
	d.Stroke(cream, 6, ink.Circle(middleX, 222, 22), ink.At(middleX, 246).Line(middleX, 286), ink.At(134, 266).Line(166, 266))
	for _, x := range []float64{52, 82, 218, 248} {
		wheat(d, x, 448, 100+0.4*max(x-middleX, middleX-x), (x-middleX)*0.09)
	}
	wheat(d, 118, 452, 84, -4)
	wheat(d, 182, 452, 84, 4)
}

// wheat draws an ear of wheat on a stalk of the given length, leaning by degrees.
func wheat(d *ink.Drawing, x, y, length, lean float64) {
	top := y - length
	d.Stroke(straw, 2, ink.At(x, y).Line(x, top).Turned(lean, x, y))
	var ears ink.Path
	for i := range 4 {
		foot := top + 10 + 11*float64(i)
		ears = ears.With(ink.Leaf(x, foot, 15, 7).Turned(34, x, foot), ink.Leaf(x, foot, 15, 7).Turned(-34, x, foot))
	}
	d.Fill(straw, ears.With(ink.Leaf(x, top+4, 17, 7)).Turned(lean, x, y))
}

// emperor: a crown over the mountains, between the horns of a ram.
func emperor(d *ink.Drawing) {
	glow(d, middleX, 220, 130, straw, 0.65)
	d.Fill(wine, ink.Polygon(left, 420, 84, 286, 128, 360, 176, 262, 232, 350, right, 312, right, 430, left, 430))
	d.Fill(cream.Fade(0.8), ink.Polygon(84, 286, 98, 310, 88, 318, 80, 310, 70, 314), ink.Polygon(176, 262, 192, 288, 180, 302, 170, 290, 160, 296))
	ground(d, ink.Flat(0x4f1626), 392, 366, 400, 380)
	horn := ink.At(176, 262).Curve(200, 214, 262, 226, 250, 276, 242, 308, 204, 300, 210, 274, 214, 258, 232, 262, 230, 276)
	d.Stroke(brown, 15, horn.Both(middleX))
	d.Stroke(sand, 10, horn.Both(middleX))
	d.Fill(gold, ink.At(96, 250).Line(82, 156).Line(116, 194).Line(middleX, 128).Line(184, 194).Line(218, 156).Line(204, 250).
		Curve(170, 262, 130, 262, 96, 250).Shut())
	d.Fill(ink.Flat(0xb9812c), ink.At(96, 250).Line(93, 230).Curve(130, 243, 170, 243, 207, 230).Line(204, 250).Curve(170, 262, 130, 262, 96, 250).Shut())
	d.Fill(cream, ink.Circle(82, 152, 7), ink.Circle(218, 152, 7), ink.Circle(middleX, 122, 8))
	d.Fill(rose, ink.Polygon(middleX, 184, 161, 204, middleX, 224, 139, 204))
	d.Fill(straw, ink.Circle(112, 216, 6), ink.Circle(188, 216, 6))
	d.Fill(gold, ink.Circle(middleX, 410, 24))
	d.Stroke(straw, 4, ink.At(127, 408).Curve(140, 416, 160, 416, 173, 408), ink.At(middleX, 386).Line(middleX, 366), ink.At(141, 374).Line(159, 374))
}

// hierophant: a staff with three bars and two crossed keys in an arch.
func hierophant(d *ink.Drawing) {
	d.Fill(night.Fade(0.4), ink.At(70, 420).Line(70, 206).Curve(70, 96, 230, 96, 230, 206).Line(230, 420).Shut())
	d.Stroke(gold, 3, ink.At(70, 420).Line(70, 206).Curve(70, 96, 230, 96, 230, 206).Line(230, 420))
	glow(d, middleX, 200, 96, straw, 0.75)
	ground(d, ink.Flat(0x3b2358), 412, 412, 412, 412)
	d.Fill(plum, ink.Rect(56, 404, 188, 12), ink.Rect(44, 420, 212, 12))
	key := ink.At(middleX, 316).Line(middleX, 402).With(ink.At(middleX, 388).Line(164, 388), ink.At(middleX, 400).Line(162, 400))
	for i, paint := range []ink.Paint{mist, gold} {
		angle := []float64{-42, 42}[i]
		d.Stroke(paint, 6, key.Turned(angle, middleX, 344), ink.Circle(middleX, 300, 14).Turned(angle, middleX, 344))
	}
	d.Stroke(brown, 10, ink.At(middleX, 134).Line(middleX, 336))
	d.Stroke(gold, 7, ink.At(middleX, 134).Line(middleX, 336), ink.At(128, 168).Line(172, 168), ink.At(118, 196).Line(182, 196), ink.At(108, 224).Line(192, 224))
	d.Fill(straw, ink.Circle(middleX, 132, 9))
	for _, at := range []spot{{128, 168}, {118, 196}, {108, 224}} {
		d.Fill(straw, ink.Circle(at.x, at.y, 5.5).Both(middleX))
	}
	sparks(d, straw, 50, 108, 8, 250, 108, 8, 92, 260, 6, 208, 260, 6)
}
