// Package face draws what is on the cards: Moa's own pictures, composed of a few shapes each. A card
// is cream paper with its number above, a window onto a scene, and an ornament below. No words are
// drawn, so that the pictures serve every language and need no font.
package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// The size of a card, in units of the paper.
const (
	Width  = 300
	Height = 520
)

// The window of a card and its middle.
const (
	left, right = 26.0, 274.0
	top, bottom = 62.0, 458.0
	rounding    = 16.0
	middleX     = 150.0
	middleY     = 260.0
)

// Major returns the picture of a card of the major arcana, 0 (The Fool) to 21 (The World).
func Major(number int) *ink.Drawing {
	s := scenes()[number]
	d := paper(gold)
	window(d, s.high, s.low)
	s.draw(d)
	frame(d, gold)
	numeral(d, number, night)
	d.Fill(gold, ink.Star(middleX, 481, 8, 9, 4))
	flank(d, 481, 20, gold)
	return d
}

// Minor returns the picture of a card of a suit: 1 (ace) to 10, then page, knight, queen and king.
func Minor(suit Suit, number int) *ink.Drawing {
	l := liveries()[suit]
	d := paper(l.low)
	window(d, l.high, l.low)
	if number > 10 {
		court(d, l, number)
	} else {
		pips(d, l, number)
	}
	frame(d, l.low)
	numeral(d, number, l.low)
	d.Place(l.mark(), ink.Scale(26/max(l.tall, l.broad)).Then(ink.Move(middleX, 481)))
	flank(d, 481, 24, l.low)
	return d
}

// paper draws the card itself, with a double border.
func paper(line ink.Paint) *ink.Drawing {
	d := ink.New(Width, Height)
	d.Fill(cream, ink.Round(1, 1, 298, 518, 22))
	d.Stroke(sand, 2, ink.Round(1, 1, 298, 518, 22))
	d.Stroke(line.Fade(0.75), 1.4, ink.Round(10, 10, 280, 500, 15))
	return d
}

// window draws the sky of the scene, dark above or below as the colours say.
func window(d *ink.Drawing, high, low ink.Paint) {
	d.Fill(ink.Linear(middleX, top, middleX, bottom, high, low), pane())
}

// pane returns the outline of the window.
func pane() ink.Path { return ink.Round(left, top, right-left, bottom-top, rounding) }

// frame draws the border of the window over the scene.
func frame(d *ink.Drawing, line ink.Paint) {
	d.Stroke(line, 2.4, pane())
	d.Stroke(cream.Fade(0.4), 1, ink.Round(left+6, top+6, right-left-12, bottom-top-12, rounding-5))
}

// flank draws an ornament on both sides of the middle, at a distance from it.
func flank(d *ink.Drawing, y, from float64, paint ink.Paint) {
	rule := ink.At(middleX+from+4, y).Line(middleX+from+58, y)
	d.Stroke(paint, 1.3, rule.Both(middleX))
	x := middleX + from + 62
	d.Fill(paint, ink.Polygon(x, y-4, x+4, y, x, y+4, x-4, y).Both(middleX))
}
