package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// The ranks of the court, as numbers of their cards.
const (
	page   = 11
	knight = 12
	queen  = 13
	king   = 14
)

// court draws a person of the court, who holds the mark of the suit.
func court(d *ink.Drawing, l livery, rank int) {
	glow(d, middleX, 200, 120, l.glow, 0.65)
	d.Stroke(l.glow.Fade(0.6), 1.4, ink.Circle(middleX, 200, 100))
	behind(d, l, rank)
	body(d, l, rank)
	face(d, l)
	headgear(d, l, rank)
	hand(d, l)
}

// behind draws what lies at the back of the head: hair, veil or cloak.
func behind(d *ink.Drawing, l livery, rank int) {
	switch rank {
	case queen:
		d.Fill(l.hair, ink.At(150, 142).Curve(204, 142, 204, 206, 206, 292).Line(94, 292).Curve(96, 206, 96, 142, 150, 142).Shut())
	case king:
		d.Fill(l.hair, ink.Round(108, 152, 84, 108, 36))
	case knight:
		d.Fill(rose, ink.At(176, 142).Curve(236, 112, 252, 168, 226, 232, 226, 190, 206, 168, 180, 168).Shut())
	case page:
		d.Fill(l.hair, ink.Round(111, 158, 78, 84, 30))
	}
	if rank >= queen {
		d.Fill(l.trim.Fade(0.9), ink.At(150, 262).Curve(226, 262, 244, 330, 250, 452).Line(50, 452).Curve(56, 330, 74, 262, 150, 262).Shut())
	}
}

// body draws the robe down to the lower edge of the window.
func body(d *ink.Drawing, l livery, rank int) {
	d.Fill(l.skin, ink.Round(136, 226, 28, 46, 10))
	robe := ink.At(136, 262).Curve(96, 266, 74, 290, 66, 452).Line(234, 452).Curve(226, 290, 204, 266, 164, 262).
		Curve(160, 276, 140, 276, 136, 262).Shut()
	d.Fill(l.robe, robe)
	d.Stroke(l.trim, 3, ink.At(136, 262).Curve(140, 278, 160, 278, 164, 262))
	switch rank {
	case page:
		d.Stroke(l.trim, 2.4, ink.At(150, 276).Line(150, 452))
		d.Fill(l.trim, ink.Circle(150, 300, 3.6), ink.Circle(150, 326, 3.6), ink.Circle(150, 352, 3.6), ink.Circle(150, 378, 3.6))
	case knight:
		d.Fill(mist, ink.Ellipse(101, 292, 27, 20), ink.Ellipse(199, 292, 27, 20))
		d.Stroke(steel, 2, ink.Ellipse(101, 292, 27, 20), ink.Ellipse(199, 292, 27, 20))
		d.Fill(l.trim, ink.At(122, 300).Line(178, 300).Curve(178, 350, 166, 372, 150, 386, 134, 372, 122, 350, 122, 300).Shut())
		d.Stroke(l.robe, 2.4, ink.At(150, 306).Line(150, 374), ink.At(128, 326).Line(172, 326))
	case queen:
		d.Fill(gold, ink.Polygon(150, 292, 160, 306, 150, 320, 140, 306))
		d.Stroke(gold, 2.2, ink.At(124, 268).Curve(128, 284, 140, 292, 150, 292, 160, 292, 172, 284, 176, 268))
		d.Stroke(l.trim, 2, ink.At(112, 452).Curve(116, 400, 124, 360, 132, 330).Both(150))
	case king:
		d.Fill(cream, ink.At(106, 272).Curve(124, 300, 176, 300, 194, 272, 214, 280, 222, 290, 226, 306, 190, 332, 110, 332, 74, 306, 78, 290, 86, 280, 106, 272).Shut())
		for _, at := range []spot{{96, 300}, {122, 312}, {150, 316}, {178, 312}, {204, 300}} {
			d.Fill(l.robe, ink.Leaf(at.x, at.y+5, 10, 5))
		}
	}
}

// face draws a calm face with closed eyes.
func face(d *ink.Drawing, l livery) {
	d.Fill(l.skin, ink.Ellipse(150, 200, 32, 40))
	d.Fill(rose.Fade(0.35), ink.Circle(131, 213, 6), ink.Circle(169, 213, 6))
	d.Stroke(brown, 2, ink.Arc(137, 196, 6, 20, 160), ink.Arc(163, 196, 6, 20, 160))
	d.Stroke(brown.Fade(0.6), 1.6, ink.At(150, 200).Curve(148, 206, 147, 210, 151, 211))
	d.Stroke(wine, 2.2, ink.Arc(150, 218, 7, 30, 150))
}

// headgear draws what tells the rank: a feathered cap, a helmet, a light crown, a heavy crown.
func headgear(d *ink.Drawing, l livery, rank int) {
	switch rank {
	case page:
		d.Fill(l.robe, ink.At(106, 178).Curve(100, 136, 150, 126, 186, 140, 204, 148, 202, 166, 194, 178).Shut())
		d.Stroke(l.trim, 5, ink.At(108, 178).Curve(130, 170, 170, 170, 192, 178))
		d.Fill(cream, ink.Leaf(182, 166, 66, 24).Turned(32, 182, 166))
		d.Stroke(l.robe, 1.4, ink.At(184, 162).Line(212, 118))
	case knight:
		d.Fill(mist, ink.At(110, 226).Curve(104, 130, 196, 130, 190, 226).Line(180, 232).Line(180, 186).Curve(166, 176, 134, 176, 120, 186).Line(120, 232).Shut())
		d.Stroke(steel, 2.4, ink.At(120, 186).Curve(134, 176, 166, 176, 180, 186), ink.At(150, 150).Line(150, 178))
		d.Fill(gold, ink.Circle(150, 148, 6))
	case queen:
		d.Fill(l.hair, ink.At(116, 206).Curve(112, 140, 188, 140, 184, 206).Curve(182, 184, 166, 172, 150, 170, 134, 172, 118, 184, 116, 206).Shut())
		crown(d, 62, 26)
	case king:
		d.Fill(l.hair, ink.At(118, 208).Curve(120, 262, 144, 268, 150, 268, 156, 268, 180, 262, 182, 208).
			Curve(176, 226, 166, 214, 150, 214, 134, 214, 124, 226, 118, 208).Shut())
		d.Stroke(blush, 2.4, ink.Arc(150, 219, 6, 30, 150))
		crown(d, 76, 38)
	}
}

// crown draws a crown over the brow, with points of the given height.
func crown(d *ink.Drawing, wide, tall float64) {
	x, y := 150-wide/2, 166.0
	step := wide / 4
	d.Fill(gold, ink.At(x, y).Line(x-5, y-tall, x+step, y-tall*0.5, 150, y-tall*1.25, x+3*step, y-tall*0.5, x+wide+5, y-tall, x+wide, y).
		Curve(x+wide*0.7, y-7, x+wide*0.3, y-7, x, y).Shut())
	d.Stroke(straw, 4, ink.At(x, y).Curve(x+wide*0.3, y-7, x+wide*0.7, y-7, x+wide, y))
	d.Fill(cream, ink.Circle(x-5, y-tall, 4), ink.Circle(150, y-tall*1.25, 5), ink.Circle(x+wide+5, y-tall, 4))
	d.Fill(rose, ink.Circle(150, y-tall*0.45, 4.5))
}

// hand draws the mark of the suit, held at the side.
func hand(d *ink.Drawing, l livery) {
	const x, y = 208.0, 392.0
	d.Stroke(l.robe, 26, ink.At(206, 330).Curve(222, 360, 226, 392, 214, 404))
	d.Place(l.mark(), ink.Scale(l.held).Then(ink.Move(x, y-l.grip*l.held)))
	d.Fill(l.skin, ink.Ellipse(x, y, 14, 9).Turned(-18, x, y))
}
