package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// lovers: two rings that share a heart, under a winged sun.
func lovers(d *ink.Drawing) {
	rayed(d, middleX, 130, 26, 56, 16, cream, straw)
	wing := ink.At(178, 132).Curve(206, 104, 240, 104, 258, 118, 248, 126, 240, 130, 230, 132, 236, 138, 226, 146, 214, 146, 206, 152, 192, 152, 178, 144).Shut()
	d.Fill(cream.Fade(0.9), wing, wing.Mirrored(middleX))
	ground(d, ink.Flat(0x8c3a66), 392, 366, 366, 392)
	glow(d, middleX, 280, 120, cream, 0.6)
	d.Fill(gold.Fade(0.35), ink.Circle(114, 280, 62))
	d.Fill(rose.Fade(0.4), ink.Circle(186, 280, 62))
	d.Stroke(ink.Flat(0xb9812c), 11, ink.Circle(114, 280, 62))
	d.Stroke(gold, 7, ink.Circle(114, 280, 62))
	d.Stroke(ink.Flat(0x9fb0d4), 11, ink.Circle(186, 280, 62))
	d.Stroke(mist, 7, ink.Circle(186, 280, 62))
	d.Stroke(ink.Flat(0xb9812c), 11, ink.Arc(114, 280, 62, -70, -36))
	d.Stroke(gold, 7, ink.Arc(114, 280, 62, -70, -36))
	d.Fill(wine, ink.Heart(middleX, 283, 25))
	d.Fill(rose, ink.Heart(middleX, 281, 20))
	rosebud(d, 70, 398, 14)
	rosebud(d, 230, 398, 14)
	sparks(d, cream, 60, 196, 8, 240, 196, 8, 150, 200, 9, 150, 372, 8)
}

// chariot: a car with a starry canopy between a dark and a light horse.
func chariot(d *ink.Drawing) {
	glow(d, middleX, 220, 126, aqua, 0.5)
	ground(d, sea, 396, 380, 380, 396)
	d.Fill(plum, ink.At(72, 152).Curve(100, 100, 200, 100, 228, 152).Line(228, 168).Curve(214, 180, 202, 180, 189, 168, 176, 180, 163, 180, 150, 168, 137, 180, 124, 180, 111, 168, 98, 180, 86, 180, 72, 168).Shut())
	d.Stroke(gold, 3, ink.At(72, 152).Curve(100, 100, 200, 100, 228, 152))
	sparks(d, straw, 110, 148, 9, 150, 138, 12, 190, 148, 9)
	d.Stroke(gold, 5, ink.At(84, 176).Line(92, 270).Both(middleX))
	d.Fill(gold, ink.At(84, 258).Curve(120, 272, 180, 272, 216, 258).Line(206, 350).Curve(180, 366, 120, 366, 94, 350).Shut())
	d.Fill(ink.Flat(0x27508c), ink.At(96, 274).Curve(126, 284, 174, 284, 204, 274).Line(197, 342).Curve(174, 354, 126, 354, 103, 342).Shut())
	d.Fill(straw, ink.Crescent(middleX, 312, 20).Turned(-90, middleX, 312))
	d.Fill(cream, ink.Star(middleX, 302, 5, 9, 4))
	wheelOf := func(x float64) {
		d.Stroke(brown, 9, ink.Circle(x, 366, 40))
		d.Stroke(gold, 5, ink.Circle(x, 366, 40))
		d.Stroke(gold, 4, ink.At(x, 366).Line(x, 330).Around(8, x, 366))
		d.Fill(straw, ink.Circle(x, 366, 9))
	}
	wheelOf(78)
	wheelOf(222)
	horse(d, 128, cream, steel, false)
	horse(d, 172, night, steel, true)
}

// horse draws the head of a horse that looks to the left, or to the right.
func horse(d *ink.Drawing, x float64, coat, line ink.Paint, right bool) {
	head := ink.At(x+14, 446).Curve(22+x, 410, 20+x, 382, 6+x, 362).Line(x+4, 350).Line(x-4, 360).Curve(x-16, 368, x-26, 392, x-32, 404, x-34, 412, x-26, 418, x-20, 414, x-10, 404, x-6, 404, x-2, 404, x-8, 420, x-12, 432, x-14, 446).Shut()
	mane := ink.At(x+5, 360).Curve(x+20, 376, x+24, 408, x+16, 444)
	eye := ink.Circle(x-11, 384, 2.4)
	if right {
		head, mane, eye = head.Mirrored(x), mane.Mirrored(x), eye.Mirrored(x)
	}
	d.Fill(coat, head)
	d.Stroke(line, 4, mane)
	d.Fill(line, eye)
}

// strength: the calm face of a lion, its mane in rays, with the sign of infinity and a wreath.
func strength(d *ink.Drawing) {
	glow(d, middleX, 262, 140, cream, 0.7)
	infinity(d, middleX, 106, 22, cream, 5)
	d.Fill(ink.Flat(0xa8482f), ink.Leaf(middleX, 200, 48, 42).Around(16, middleX, 266))
	d.Fill(amber, ink.Leaf(middleX, 206, 36, 34).Turned(11.25, middleX, 266).Around(16, middleX, 266))
	d.Fill(amber, ink.Circle(middleX, 266, 76))
	d.Fill(gold, ink.Circle(108, 206, 20).Both(middleX))
	d.Fill(blush, ink.Circle(108, 206, 10).Both(middleX))
	d.Fill(gold, ink.At(150, 196).Curve(196, 196, 216, 226, 212, 262, 208, 306, 180, 336, 150, 336, 120, 336, 92, 306, 88, 262, 84, 226, 104, 196, 150, 196).Shut())
	d.Fill(cream, ink.Ellipse(132, 302, 24, 20), ink.Ellipse(168, 302, 24, 20))
	d.Fill(straw, ink.At(138, 228).Line(162, 228).Line(166, 284).Line(134, 284).Shut())
	d.Fill(wine, ink.At(130, 280).Curve(136, 274, 164, 274, 170, 280, 166, 292, 158, 298, 150, 300, 142, 298, 134, 292, 130, 280).Shut())
	d.Stroke(wine, 3, ink.At(150, 300).Line(150, 310), ink.Arc(139, 308, 11, 10, 120), ink.Arc(161, 308, 11, 60, 170))
	d.Stroke(wine, 3.4, ink.Arc(115, 252, 11, 200, 340), ink.Arc(185, 252, 11, 200, 340))
	for _, x := range []float64{62, 84, 106, 128, 150, 172, 194, 216, 238} {
		y := 424 - (x-150)*(x-150)/420
		d.Fill(moss, ink.Leaf(x, y, 20, 11).Turned(60, x, y), ink.Leaf(x, y, 20, 11).Turned(-60, x, y))
		d.Fill(rose, ink.Circle(x, y, 7))
		d.Fill(straw, ink.Circle(x, y, 2.6))
	}
}

// hermit: a lantern with a star in it, over snowy peaks.
func hermit(d *ink.Drawing) {
	sparks(d, cream, 62, 104, 8, 238, 130, 9, 84, 180, 5, 226, 220, 6, 58, 250, 6, 120, 92, 5, 200, 92, 6)
	d.Fill(slate, ink.Polygon(left, 400, 92, 318, 146, 386, 212, 300, right, 368, right, 430, left, 430))
	d.Fill(mist, ink.Polygon(92, 318, 110, 341, 98, 346, 90, 338, 76, 344, 72, 336), ink.Polygon(212, 300, 232, 322, 218, 332, 208, 322, 192, 330, 194, 322))
	ground(d, ink.Flat(0x2c2f5e), 418, 390, 420, 400)
	d.Stroke(brown, 9, ink.At(226, 452).Curve(222, 330, 226, 220, 214, 150))
	d.Stroke(wood, 5, ink.At(226, 452).Curve(222, 330, 226, 220, 214, 150))
	d.Stroke(brown, 7, ink.At(214, 152).Curve(206, 122, 166, 112, 150, 142))
	d.Stroke(wood, 4, ink.At(214, 152).Curve(206, 122, 166, 112, 150, 142))
	glow(d, middleX, 240, 130, straw, 0.85)
	d.Stroke(gold, 3, ink.Circle(middleX, 152, 8))
	d.Fill(gold, ink.Polygon(middleX, 160, 182, 188, 118, 188), ink.Round(110, 186, 80, 9, 3), ink.Round(108, 294, 84, 10, 3), ink.Round(122, 303, 56, 8, 3))
	d.Fill(straw.Fade(0.45), ink.Polygon(118, 195, 182, 195, 186, 294, 114, 294))
	d.Stroke(gold, 4, ink.At(118, 195).Line(114, 294).Both(middleX))
	d.Fill(cream, ink.Star(middleX, 246, 6, 36, 17))
	d.Fill(gold, ink.Star(middleX, 246, 6, 18, 9))
}

// wheel: the wheel of fortune among the stars of the four corners.
func wheel(d *ink.Drawing) {
	glow(d, middleX, middleY, 140, straw, 0.55)
	d.Fill(ink.Flat(0xb9812c), ink.Circle(middleX, middleY+3, 104))
	d.Fill(gold, ink.Circle(middleX, middleY, 104))
	d.Fill(plum, ink.Circle(middleX, middleY, 90))
	d.Stroke(straw, 2, ink.Circle(middleX, middleY, 97))
	d.Fill(ink.Flat(0x8a5aa8), ink.At(middleX, middleY).Line(middleX-34, middleY-82).Curve(middleX-12, middleY-90, middleX+12, middleY-90, middleX+34, middleY-82).Shut().Around(4, middleX, middleY))
	d.Stroke(gold, 6, ink.At(middleX, middleY-24).Line(middleX, middleY-90).Turned(22.5, middleX, middleY).Around(8, middleX, middleY))
	d.Fill(straw, ink.Circle(middleX, middleY-97, 5).Turned(22.5, middleX, middleY).Around(8, middleX, middleY))
	d.Fill(gold, ink.Circle(middleX, middleY, 30))
	d.Fill(plum, ink.Circle(middleX, middleY, 22))
	d.Fill(straw, ink.Star(middleX, middleY, 8, 18, 8))
	d.Fill(cream, ink.Spark(middleX, middleY-64, 12), ink.Spark(middleX, middleY+64, 12), ink.Spark(middleX-64, middleY, 12), ink.Spark(middleX+64, middleY, 12))
	for _, at := range []spot{{62, 104}, {238, 104}, {62, 416}, {238, 416}} {
		d.Stroke(straw.Fade(0.7), 1.4, ink.Circle(at.x, at.y, 20))
		d.Fill(straw, ink.Spark(at.x, at.y, 15))
	}
}

// justice: scales in balance on an upright sword.
func justice(d *ink.Drawing) {
	glow(d, middleX, 220, 130, straw, 0.55)
	ground(d, ink.Flat(0x4a2a5c), 416, 404, 404, 416)
	d.Place(sword(), ink.Scale(3.9).Then(ink.Turn(180, 0, 0)).Then(ink.Move(middleX, 272)))
	d.Stroke(ink.Flat(0xb9812c), 9, ink.At(64, 184).Curve(110, 164, 190, 164, 236, 184))
	d.Stroke(gold, 6, ink.At(64, 183).Curve(110, 163, 190, 163, 236, 183))
	d.Fill(straw, ink.Circle(64, 184, 6).Both(middleX), ink.Circle(middleX, 168, 10))
	for _, x := range []float64{68, 232} {
		d.Stroke(straw, 2, ink.At(x, 186).Line(x-30, 286), ink.At(x, 186).Line(x+30, 286))
		d.Fill(gold, ink.At(x-36, 286).Line(x+36, 286).Curve(x+32, 322, x-32, 322, x-36, 286).Shut())
		d.Fill(straw, ink.Round(x-37, 283, 74, 6, 3))
	}
	d.Fill(cream, ink.Leaf(68, 286, 46, 20))
	d.Stroke(steel, 1.6, ink.At(68, 284).Line(68, 248))
	d.Fill(rose, ink.Heart(232, 264, 18))
	sparks(d, cream, 60, 108, 9, 240, 108, 9, 96, 374, 7, 204, 374, 7)
}
