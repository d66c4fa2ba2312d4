package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// star: a great star among seven, above a pool into which two jars are poured.
func star(d *ink.Drawing) {
	glow(d, middleX, 188, 140, aqua, 0.7)
	d.Fill(straw.Fade(0.85), ink.Star(middleX, 188, 8, 92, 24))
	d.Fill(straw, ink.Star(middleX, 188, 8, 66, 30).Turned(22.5, middleX, 188))
	d.Fill(cream, ink.Star(middleX, 188, 8, 46, 20))
	for _, at := range []spot{{64, 106}, {236, 106}, {56, 196}, {244, 196}, {80, 272}, {220, 272}, {150, 300}} {
		d.Fill(cream, ink.Star(at.x, at.y, 8, 12, 5))
	}
	ground(d, ink.Flat(0x2d5f58), 362, 340, 340, 362)
	d.Fill(ink.Flat(0x2f86a8), ink.Ellipse(middleX, 416, 104, 34))
	d.Stroke(aqua.Fade(0.8), 2, ink.Ellipse(middleX, 416, 84, 25), ink.Ellipse(middleX, 416, 58, 16), ink.Ellipse(middleX, 416, 30, 8))
	for _, side := range []float64{-1, 1} {
		jar := ink.At(-14, -20).Line(14, -20).Curve(10, -12, 24, 0, 18, 20, 10, 30, -10, 30, -18, 20, -24, 0, -10, -12, -14, -20).Shut()
		m := ink.Turn(-side*74, 0, 0).Then(ink.Move(middleX+side*76, 346))
		d.Stroke(aqua, 7, ink.At(middleX+side*54, 342).Curve(middleX+side*34, 348, middleX+side*30, 372, middleX+side*28, 410))
		d.Stroke(cream, 2.4, ink.At(middleX+side*54, 342).Curve(middleX+side*34, 348, middleX+side*30, 372, middleX+side*28, 410))
		d.Fill(ink.Flat(0xd07a4f), jar.On(m))
		d.Stroke(straw, 3, ink.At(-14, -20).Line(14, -20).On(m), ink.At(-20, 6).Line(20, 6).On(m))
	}
}

// moon: a full moon with a sleeping crescent over a path between two towers.
func moon(d *ink.Drawing) {
	glow(d, middleX, 168, 140, mist, 0.65)
	d.Fill(straw.Fade(0.5), ink.Polygon(147, 96, 150, 78, 153, 96).Around(24, middleX, 168))
	d.Fill(ink.Flat(0xcbd6ee), ink.Circle(middleX, 168, 64))
	d.Fill(cream, ink.Crescent(middleX, 168, 64))
	d.Stroke(slate, 2.6, ink.Arc(111, 166, 8, 20, 160), ink.At(101, 186).Curve(96, 192, 98, 198, 104, 198), ink.Arc(117, 198, 8, 30, 130))
	drops := ink.Path{}
	for _, at := range []spot{{92, 262}, {126, 276}, {174, 276}, {208, 262}, {150, 262}, {70, 234}, {230, 234}} {
		drops = drops.With(ink.Leaf(at.x, at.y, 16, 8))
	}
	d.Fill(straw.Fade(0.9), drops)
	ground(d, ink.Flat(0x3c4c86), 340, 316, 320, 340)
	ground(d, ink.Flat(0x29356b), 372, 352, 376, 366)
	d.Fill(ink.Flat(0x9fb0dc), ink.At(146, 346).Curve(122, 372, 190, 384, 164, 412, 150, 428, 136, 440, 132, 458).Line(196, 458).
		Curve(192, 430, 216, 414, 206, 396, 196, 378, 146, 372, 152, 346).Shut())
	for _, x := range []float64{64, 236} {
		d.Fill(ink.Flat(0x55608f), ink.Rect(x-18, 292, 36, 110), ink.Polygon(x-24, 292, x-24, 276, x-14, 276, x-14, 284, x-5, 284, x-5, 276, x+5, 276, x+5, 284, x+14, 284, x+14, 276, x+24, 276, x+24, 292))
		d.Fill(straw, ink.Round(x-5, 312, 10, 18, 5))
	}
	ground(d, sea, 432, 426, 430, 432)
	d.Stroke(aqua.Fade(0.7), 2, ink.At(56, 444).Line(110, 444), ink.At(182, 444).Line(244, 444))
	sparks(d, cream, 56, 106, 8, 244, 106, 8, 84, 92, 5, 216, 92, 5)
}

// sun: a smiling sun over a wall with sunflowers.
func sun(d *ink.Drawing) {
	glow(d, middleX, 200, 140, cream, 0.9)
	d.Fill(amber, ink.Polygon(140, 128, 150, 86, 160, 128).Around(12, middleX, 200))
	wave := ink.At(143, 132).Curve(136, 118, 158, 112, 150, 94, 166, 110, 146, 120, 157, 132).Shut()
	d.Fill(gold, wave.Turned(15, middleX, 200).Around(12, middleX, 200))
	d.Fill(ink.Flat(0xf5b93f), ink.Circle(middleX, 200, 70))
	d.Fill(ink.Flat(0xfbd565), ink.Circle(middleX, 200, 60))
	d.Fill(amber.Fade(0.55), ink.Circle(112, 218, 11).Both(middleX))
	d.Stroke(brown, 3.4, ink.Arc(127, 194, 10, 200, 340), ink.Arc(173, 194, 10, 200, 340), ink.Arc(middleX, 212, 19, 25, 155))
	ground(d, leaf, 384, 360, 360, 384)
	d.Fill(ink.Flat(0xd98a6a), ink.Rect(left, 396, right-left, 36))
	d.Stroke(ink.Flat(0xb86a50), 2, ink.At(left, 414).Line(right, 414), ink.At(70, 398).Line(70, 414), ink.At(134, 398).Line(134, 414), ink.At(198, 398).Line(198, 414),
		ink.At(102, 414).Line(102, 432), ink.At(166, 414).Line(166, 432), ink.At(230, 414).Line(230, 432))
	ground(d, moss, 434, 426, 426, 434)
	for i, x := range []float64{62, 106, 194, 238} {
		y := []float64{352, 374, 374, 352}[i]
		d.Stroke(pine, 4, ink.At(x, y).Line(x, 446))
		d.Fill(pine, ink.Leaf(x, 424, 26, 14).Turned(56, x, 424), ink.Leaf(x, 424, 26, 14).Turned(-56, x, 424))
		d.Fill(amber, ink.Leaf(x, y-9, 16, 10).Around(12, x, y))
		d.Fill(brown, ink.Circle(x, y, 11))
	}
}

// judgement: a trumpet sounds out of the clouds and flowers open.
func judgement(d *ink.Drawing) {
	glow(d, 110, 130, 150, cream, 0.9)
	d.Fill(cream.Fade(0.35), ink.Polygon(140, 250, 60, 400, 110, 400), ink.Polygon(160, 254, 140, 406, 190, 406), ink.Polygon(180, 246, 222, 394, 262, 372))
	ground(d, ink.Flat(0x6f9fb8), 392, 372, 372, 392)
	trumpet := ink.At(-4, -92).Line(4, -92).Line(5, 30).Curve(8, 62, 22, 74, 36, 84).Line(-36, 84).Curve(-22, 74, -8, 62, -5, 30).Shut()
	m := ink.Turn(-28, 0, 0).Then(ink.Move(134, 186))
	banner := ink.Polygon(6, -50, 76, -50, 76, 14, 6, 14)
	d.Fill(cream, banner.On(m))
	d.Stroke(rose, 2, banner.On(m))
	d.Fill(rose, ink.Rect(34, -50, 14, 64).On(m), ink.Rect(6, -25, 70, 14).On(m))
	d.Fill(gold, trumpet.On(m))
	d.Stroke(straw, 4, ink.At(-36, 84).Line(36, 84).On(m), ink.At(-7, -40).Line(7, -40).On(m), ink.At(-8, 20).Line(8, 20).On(m))
	d.Stroke(ink.Flat(0xb9812c), 2, ink.At(3, -86).Line(3, 30).On(m))
	d.Fill(ink.Flat(0xeef2fa), cloud(96, 112, 36))
	d.Fill(cream, cloud(64, 136, 22), cloud(150, 128, 22))
	for _, x := range []float64{66, 124, 178, 232} {
		rosebud(d, x, 404-(x-149)*(x-149)/700, 17)
	}
	sparks(d, cream, 238, 110, 10, 222, 190, 7, 64, 232, 9, 250, 270, 7)
}

// world: the globe in a wreath, among the stars of the four corners.
func world(d *ink.Drawing) {
	glow(d, middleX, middleY, 150, aqua, 0.5)
	d.Stroke(pine, 5, ink.Ellipse(middleX, middleY, 88, 134))
	foliage := ink.Path{}
	for i := range 30 {
		p := ink.Turn(float64(i)*12, 0, 0).Apply(ink.Point{Y: -1})
		x, y := middleX+88*p.X, middleY+134*p.Y
		along := float64(i)*12 + 90
		if p.X < 0 {
			along += 180
		}
		foliage = foliage.With(ink.Leaf(x, y, 30, 13).Turned(along+148, x, y), ink.Leaf(x, y, 30, 13).Turned(along-148, x, y))
	}
	d.Fill(leaf, foliage)
	for _, y := range []float64{middleY - 134, middleY + 134} {
		d.Fill(rose, ink.Polygon(middleX, y, middleX-26, y-14, middleX-26, y+14), ink.Polygon(middleX, y, middleX+26, y+14, middleX+26, y-14))
		d.Fill(ink.Flat(0xf08aa0), ink.Circle(middleX, y, 9))
	}
	d.Fill(ink.Flat(0x2a6f9c), ink.Circle(middleX, middleY, 58))
	d.Fill(ink.Flat(0x8cc38a), ink.At(112, 222).Curve(126, 206, 150, 206, 154, 220, 158, 236, 136, 238, 136, 254, 136, 270, 118, 272, 110, 258, 104, 246, 104, 232, 112, 222).Shut(),
		ink.At(160, 262).Curve(176, 246, 200, 258, 196, 280, 188, 300, 164, 306, 160, 290, 158, 280, 154, 270, 160, 262).Shut())
	d.Stroke(cream.Fade(0.55), 1.4, ink.Ellipse(middleX, middleY, 24, 58), ink.At(92, middleY).Line(208, middleY), ink.At(102, 230).Curve(130, 240, 170, 240, 198, 230), ink.At(102, 290).Curve(130, 280, 170, 280, 198, 290))
	d.Stroke(straw, 3, ink.Circle(middleX, middleY, 58))
	for _, at := range []spot{{58, 100}, {242, 100}, {58, 420}, {242, 420}} {
		d.Fill(straw, ink.Star(at.x, at.y, 8, 17, 7))
	}
}
