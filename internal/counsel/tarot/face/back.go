package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// Back returns the side of every card that lies face down. It looks the same either way up, so that
// nobody sees which cards are reversed.
func Back() *ink.Drawing {
	d := paper(gold)
	const edge = 22.0
	d.Fill(ink.Radial(middleX, middleY, 290, plum, night), ink.Round(edge, edge, Width-2*edge, Height-2*edge, rounding))
	d.Stroke(gold, 2.4, ink.Round(edge, edge, Width-2*edge, Height-2*edge, rounding))
	d.Stroke(gold.Fade(0.6), 1, ink.Round(edge+7, edge+7, Width-2*edge-14, Height-2*edge-14, rounding-6))
	half := mark()
	halfBack(half)
	d.Place(half, ink.Move(0, 0))
	d.Place(half, ink.Turn(180, middleX, middleY))
	d.Stroke(gold, 1.6, ink.Circle(middleX, middleY, 88), ink.Circle(middleX, middleY, 80))
	d.Fill(gold, ink.Circle(middleX, middleY-84, 2.6).Around(24, middleX, middleY))
	d.Fill(gold.Fade(0.85), ink.Star(middleX, middleY, 16, 72, 40))
	d.Fill(straw, ink.Star(middleX, middleY, 8, 58, 30))
	d.Fill(night, ink.Circle(middleX, middleY, 27))
	d.Fill(straw, ink.Heart(middleX, middleY, 9).Moved(0, -9).Around(4, middleX, middleY))
	return d
}

// halfBack draws the upper half of the back.
func halfBack(d *ink.Drawing) {
	d.Fill(straw, ink.Crescent(middleX, 104, 26).Turned(-90, middleX, 104))
	d.Fill(cream, ink.Spark(middleX, 98, 11))
	d.Stroke(gold.Fade(0.8), 1.4, ink.Arc(middleX, 104, 40, 180, 360), ink.Arc(middleX, 104, 46, 200, 340))
	d.Fill(straw, ink.Spark(74, 92, 13).Both(middleX))
	d.Fill(gold, ink.Spark(60, 146, 8).Both(middleX))
	for _, at := range []spot{{96, 58}, {122, 66}, {54, 56}, {92, 130}, {48, 200}, {66, 184}} {
		d.Fill(cream.Fade(0.75), ink.Circle(at.x, at.y, 1.8).Both(middleX))
	}
	corner := ink.Arc(29, 29, 26, 0, 90)
	d.Stroke(gold.Fade(0.8), 1.3, corner.Both(middleX))
	d.Stroke(gold.Fade(0.5), 1.2, ink.Arc(middleX, middleY, 104, 205, 335), ink.Arc(middleX, middleY, 112, 215, 325))
}
