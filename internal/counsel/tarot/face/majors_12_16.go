package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// hanged: someone at ease upside down on a living tree, with a halo: the view is what has turned.
func hanged(d *ink.Drawing) {
	ground(d, pine, 420, 396, 396, 420)
	for _, x := range []float64{64, 236} {
		d.Stroke(brown, 13, ink.At(x, 430).Line(x, 110))
		d.Stroke(wood, 8, ink.At(x-1, 430).Line(x-1, 110))
	}
	d.Stroke(brown, 13, ink.At(56, 118).Line(244, 118))
	d.Stroke(wood, 8, ink.At(56, 117).Line(244, 117))
	for _, at := range []spot{{64, 150}, {64, 220}, {64, 300}, {64, 370}} {
		twig := ink.Leaf(at.x, at.y, 28, 13).Turned(55, at.x, at.y).With(ink.Leaf(at.x, at.y+24, 22, 11).Turned(-50, at.x, at.y+24))
		d.Fill(leaf, twig, twig.Mirrored(middleX))
	}
	glow(d, middleX, 344, 86, straw, 0.9)
	d.Stroke(straw, 2.4, ink.Circle(middleX, 344, 46))
	d.Stroke(straw, 2, ink.At(middleX, 292).Line(middleX, 284).Around(20, middleX, 344))
	d.Stroke(straw, 3, ink.At(middleX, 122).Line(middleX, 150))
	d.Stroke(rose, 15, ink.At(middleX, 160).Line(middleX, 236))
	d.Stroke(ink.Flat(0xb8475f), 15, ink.At(158, 232).Line(190, 200).Line(154, 186))
	d.Fill(ink.Flat(0x2b4f7c), ink.At(132, 226).Line(168, 226).Curve(176, 262, 174, 290, 170, 308).Line(130, 308).Curve(126, 290, 124, 262, 132, 226).Shut())
	d.Stroke(ink.Flat(0x2b4f7c), 12, ink.At(132, 300).Curve(108, 290, 108, 262, 134, 252).Both(middleX))
	d.Fill(straw, ink.Rect(130, 230, 40, 8))
	d.Fill(skin, ink.Round(142, 304, 16, 20, 5), ink.Ellipse(middleX, 338, 21, 25))
	d.Fill(gold, ink.At(129, 340).Curve(132, 378, 168, 378, 171, 340).Curve(166, 356, 134, 356, 129, 340).Shut())
	d.Stroke(brown, 2, ink.Arc(142, 339, 4.5, 200, 340), ink.Arc(158, 339, 4.5, 200, 340), ink.Arc(150, 330, 6, 210, 330))
}

// transformation, the thirteenth: a butterfly rises with the sun, and a rose opens.
func transformation(d *ink.Drawing) {
	glow(d, middleX, 386, 180, straw, 0.9)
	d.Fill(straw.Fade(0.8), ink.Circle(middleX, 386, 60))
	d.Stroke(straw.Fade(0.5), 2, ink.Arc(middleX, 386, 78, 180, 360), ink.Arc(middleX, 386, 94, 180, 360), ink.Arc(middleX, 386, 110, 180, 360))
	d.Fill(slate, ink.Rect(42, 320, 26, 74), ink.Polygon(38, 322, 55, 296, 72, 322), ink.Rect(232, 320, 26, 74), ink.Polygon(228, 322, 245, 296, 262, 322))
	d.Fill(straw, ink.Round(51, 336, 8, 14, 4).Both(middleX))
	ground(d, ink.Flat(0x3d2b5e), 392, 380, 380, 392)
	upper := ink.At(153, 206).Curve(168, 140, 232, 112, 248, 142, 258, 176, 214, 220, 154, 226).Shut()
	lower := ink.At(154, 226).Curve(196, 224, 226, 250, 214, 276, 200, 300, 162, 276, 153, 240).Shut()
	d.Fill(cream, upper, upper.Mirrored(middleX), lower, lower.Mirrored(middleX))
	in := ink.Scale(0.74).Then(ink.Move(45, 56))
	d.Fill(lilac, upper.On(in), upper.On(in).Mirrored(middleX))
	d.Fill(blush, lower.On(in), lower.On(in).Mirrored(middleX))
	d.Fill(cream, ink.Circle(216, 160, 7).Both(middleX), ink.Circle(190, 258, 5).Both(middleX))
	d.Stroke(night, 7, ink.At(middleX, 200).Line(middleX, 262))
	d.Stroke(night, 2, ink.At(middleX, 198).Curve(154, 176, 164, 164, 174, 162).Both(middleX))
	rosebud(d, middleX, 406, 17)
	sparks(d, cream, 62, 104, 8, 238, 104, 8, 150, 110, 10, 90, 90, 5, 210, 90, 5)
}

// temperance: water flows between two cups, under a sun in a triangle, beside irises.
func temperance(d *ink.Drawing) {
	rayed(d, middleX, 126, 20, 44, 12, straw, gold)
	ground(d, moss, 388, 366, 396, 380)
	d.Fill(teal, ink.At(104, 458).Curve(112, 430, 140, 420, 132, 404, 130, 396, 170, 394, 168, 404, 166, 424, 206, 436, 214, 458).Shut())
	d.Stroke(aqua, 2, ink.At(134, 440).Line(168, 440), ink.At(144, 424).Line(160, 424), ink.At(152, 450).Line(192, 450))
	d.Stroke(teal, 13, ink.At(112, 222).Curve(134, 196, 140, 300, 184, 300))
	d.Stroke(aqua, 6, ink.At(112, 220).Curve(134, 196, 140, 300, 184, 300))
	d.Place(cup(), ink.Scale(1.5).Then(ink.Turn(62, 0, 0)).Then(ink.Move(84, 222)))
	d.Place(cup(), ink.Scale(1.5).Then(ink.Turn(8, 0, 0)).Then(ink.Move(200, 330)))
	for _, x := range []float64{56, 78, 244} {
		d.Stroke(pine, 3, ink.At(x, 436).Line(x, 372))
		d.Fill(pine, ink.Leaf(x, 436, 46, 9).Turned(14, x, 436), ink.Leaf(x, 436, 46, 9).Turned(-14, x, 436))
		d.Fill(plum, ink.Leaf(x, 376, 24, 12).Turned(70, x, 376), ink.Leaf(x, 376, 24, 12).Turned(-70, x, 376))
		d.Fill(lilac, ink.Leaf(x, 378, 28, 15))
		d.Fill(straw, ink.Circle(x, 374, 3))
	}
	d.Fill(cream.Fade(0.85), cloud(220, 176, 26), cloud(76, 138, 20))
}

// cloud returns a cloud with a flat foot.
func cloud(x, y, r float64) ink.Path {
	return ink.At(x-1.6*r, y+0.5*r).Curve(x-2.1*r, y-0.2*r, x-1.2*r, y-0.6*r, x-0.9*r, y-0.3*r, x-0.8*r, y-1.1*r, x+0.5*r, y-1.2*r, x+0.6*r, y-0.4*r,
		x+1.3*r, y-0.7*r, x+2*r, y, x+1.6*r, y+0.5*r).Shut()
}

// devil: a chain that stands open, under a pair of horns and a flame: what binds can be laid down.
func devil(d *ink.Drawing) {
	glow(d, middleX, 220, 130, amber, 0.7)
	horn := ink.At(158, 186).Curve(200, 190, 236, 160, 224, 100, 252, 150, 240, 222, 176, 226).Shut()
	d.Fill(sand, horn, horn.Mirrored(middleX))
	d.Stroke(brown, 2.4, ink.At(186, 186).Line(192, 220), ink.At(208, 174).Line(220, 202), ink.At(222, 150).Line(240, 170))
	d.Stroke(brown, 2.4, ink.At(114, 186).Line(108, 220), ink.At(92, 174).Line(80, 202), ink.At(78, 150).Line(60, 170))
	d.Fill(ink.Flat(0x5c2238), ink.At(150, 180).Curve(184, 180, 190, 206, 178, 238).Line(150, 284).Line(122, 238).Curve(110, 206, 116, 180, 150, 180).Shut())
	d.Fill(amber, flame(middleX, 168, 46))
	d.Fill(straw, flame(middleX, 166, 26))
	d.Stroke(straw, 3, ink.Arc(137, 218, 7, 20, 160), ink.Arc(163, 218, 7, 20, 160), ink.Arc(150, 246, 8, 20, 160))
	ground(d, ink.Flat(0x2c1228), 420, 412, 412, 420)
	for _, side := range []float64{-1, 1} {
		for i := range 4 {
			x, y := middleX+side*(26+24*float64(i)), 330+float64(i*i)*7
			angle := side * (38 + 9*float64(i))
			d.Stroke(ink.Flat(0x3a3550), 8, ink.Ellipse(x, y, 16, 9).Turned(angle, x, y))
			d.Stroke(mist, 4.4, ink.Ellipse(x, y, 16, 9).Turned(angle, x, y))
		}
	}
	d.Stroke(ink.Flat(0x3a3550), 9, ink.Arc(middleX, 312, 19, 130, 340))
	d.Stroke(gold, 5.4, ink.Arc(middleX, 312, 19, 130, 340))
	sparks(d, straw, 168, 330, 10, 178, 346, 5, 60, 110, 6, 240, 266, 7, 60, 266, 7)
}

// flame returns a flame on a foot, of the given height.
func flame(x, y, h float64) ink.Path {
	return ink.At(x, y+h*0.18).Curve(x+h*0.5, y+h*0.1, x+h*0.42, y-h*0.4, x+h*0.08, y-h, x+h*0.08, y-h*0.6, x-h*0.1, y-h*0.62, x-h*0.22, y-h*0.42,
		x-h*0.48, y-h*0.2, x-h*0.4, y+h*0.1, x, y+h*0.18).Shut()
}

// tower: lightning lifts the crown of a tower, and light falls in.
func tower(d *ink.Drawing) {
	glow(d, 176, 150, 130, straw, 0.7)
	d.Fill(slate.Fade(0.7), cloud(76, 128, 24), cloud(226, 250, 20))
	ground(d, ink.Flat(0x3a2750), 408, 384, 396, 412)
	d.Fill(ink.Flat(0x8f8bb0), ink.Polygon(108, 200, 192, 200, 204, 420, 96, 420))
	d.Fill(ink.Flat(0xb9b4d2), ink.Polygon(108, 200, 140, 200, 136, 420, 96, 420))
	d.Stroke(slate, 1.8, ink.At(106, 244).Line(194, 244), ink.At(103, 290).Line(197, 290), ink.At(101, 336).Line(199, 336), ink.At(98, 382).Line(202, 382),
		ink.At(150, 200).Line(150, 244), ink.At(126, 244).Line(125, 290), ink.At(176, 244).Line(177, 290), ink.At(150, 290).Line(150, 336),
		ink.At(122, 336).Line(121, 382), ink.At(180, 336).Line(181, 382))
	d.Fill(straw, ink.Round(140, 258, 20, 30, 10), ink.Round(112, 304, 18, 28, 9), ink.Round(170, 304, 18, 28, 9))
	d.Fill(ink.Flat(0x8f8bb0), ink.Polygon(98, 200, 98, 180, 114, 180, 114, 190, 128, 190, 128, 180, 142, 180, 142, 190, 158, 190, 158, 180, 172, 180, 172, 190, 186, 190, 186, 180, 202, 180, 202, 200))
	crown := ink.Polygon(70, 150, 62, 112, 82, 128, 98, 98, 112, 128, 132, 112, 126, 150)
	d.Fill(gold, crown.Turned(-24, 98, 130))
	d.Stroke(straw, 3, ink.At(72, 150).Line(124, 150).Turned(-24, 98, 130))
	bolt := ink.Polygon(226, 80, 172, 146, 194, 148, 150, 204, 226, 140, 202, 138, 248, 84)
	d.Fill(straw, bolt)
	d.Fill(cream, bolt.On(ink.Move(-200, -140).Then(ink.Scale(0.6)).Then(ink.Move(201, 141))))
	for _, at := range []spot{{78, 226}, {224, 216}, {68, 284}, {234, 310}, {84, 340}, {222, 366}} {
		d.Fill(straw, flame(at.x, at.y, 13))
	}
	for i := range 3 {
		d.Fill(leaf, ink.Leaf(58+float64(i)*12, 428, 18, 8).Turned(float64(i-1)*22, 58+float64(i)*12, 428), ink.Leaf(222+float64(i)*12, 430, 18, 8).Turned(float64(i-1)*22, 222+float64(i)*12, 430))
	}
}
