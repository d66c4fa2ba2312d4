package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// mark returns an empty drawing around the origin, to be placed on a card.
func mark() *ink.Drawing { return ink.New(0, 0) }

// wand draws a staff that has come into leaf.
func wand() *ink.Drawing {
	d := mark()
	d.Stroke(ink.Flat(0x5a3222), 10.5, ink.At(0, 28).Line(0, -22))
	d.Stroke(ink.Flat(0xc98a52), 6, ink.At(-0.8, 28).Line(-0.8, -22))
	d.Fill(leaf, ink.Leaf(3, -6, 19, 11).Turned(50, 3, -6), ink.Leaf(-3, 8, 19, 11).Turned(-50, -3, 8),
		ink.Leaf(3, 20, 17, 10).Turned(50, 3, 20))
	d.Fill(straw, ink.Circle(0, -26, 8))
	d.Fill(cream, ink.Circle(-2, -28, 2.6))
	return d
}

// cup draws a chalice.
func cup() *ink.Drawing {
	d := mark()
	bowl := ink.At(-20, -24).Curve(-20, 4, -10, 11, 0, 11, 10, 11, 20, 4, 20, -24).Shut()
	d.Fill(gold, ink.Round(-3.2, 8, 6.4, 16, 2), ink.At(-15, 30).Curve(-13, 22, -5, 23, 0, 20, 5, 23, 13, 22, 15, 30).Shut())
	d.Fill(ink.Flat(0xecc05f), bowl)
	d.Fill(straw.Fade(0.8), ink.At(-14, -22).Curve(-13, -4, -9, 4, -5, 7, -8, -2, -9, -10, -9, -22).Shut())
	d.Fill(ink.Flat(0x9c4a3c), ink.Ellipse(0, -24, 20, 5.4))
	d.Fill(rose, ink.Ellipse(0, -23, 16, 3.4))
	d.Stroke(straw, 2.2, ink.Ellipse(0, -24, 20, 5.4))
	d.Fill(straw, ink.Circle(0, 14.5, 4.6))
	return d
}

// sword draws a sword that points up.
func sword() *ink.Drawing {
	d := mark()
	d.Fill(ink.Flat(0xbccae6), ink.Polygon(-6.5, 13, -6.5, -25, 0, -36, 6.5, -25, 6.5, 13))
	d.Fill(cream, ink.Polygon(-6.5, 13, -6.5, -25, 0, -36, 0, 13))
	d.Stroke(ink.Flat(0xa8505c), 6, ink.At(0, 18).Line(0, 26))
	d.Stroke(gold, 5.6, ink.At(-15, 11).Curve(-7, 16, 7, 16, 15, 11))
	d.Fill(gold, ink.Circle(0, 30, 5.2))
	d.Fill(cream, ink.Circle(-1.4, 28.6, 1.7))
	return d
}

// pentacle draws a golden coin with a star.
func pentacle() *ink.Drawing {
	d := mark()
	d.Fill(ink.Flat(0xb9812c), ink.Circle(0, 1.4, 26))
	d.Fill(ink.Flat(0xeab94f), ink.Circle(0, 0, 26))
	d.Stroke(straw, 2, ink.Circle(0, 0, 21.6))
	d.Fill(ink.Flat(0xfdf3d0), ink.Star(0, 0.8, 5, 18, 7.4))
	d.Fill(ink.Flat(0xb9812c), ink.Circle(0, 0, 2.6))
	return d
}
