package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// spot is where a mark of the suit stands in the window: always upright, so that
// everybody sees whether a card is reversed.
type spot struct{ x, y float64 }

// The outer columns of the marks.
const west, east = 92.0, 208.0

// layouts returns where the marks of two to ten stand.
func layouts() map[int][]spot {
	return map[int][]spot{
		2:  {{middleX, 160}, {middleX, 360}},
		3:  {{middleX, 136}, {middleX, 260}, {middleX, 384}},
		4:  {{west, 160}, {east, 160}, {west, 360}, {east, 360}},
		5:  {{west, 150}, {east, 150}, {middleX, 260}, {west, 370}, {east, 370}},
		6:  {{west, 138}, {east, 138}, {west, 260}, {east, 260}, {west, 382}, {east, 382}},
		7:  {{west, 134}, {east, 134}, {middleX, 197}, {west, 260}, {east, 260}, {west, 386}, {east, 386}},
		8:  {{west, 134}, {east, 134}, {middleX, 197}, {west, 260}, {east, 260}, {middleX, 323}, {west, 386}, {east, 386}},
		9:  {{west, 122}, {east, 122}, {west, 214}, {east, 214}, {middleX, 260}, {west, 306}, {east, 306}, {west, 398}, {east, 398}},
		10: {{west, 122}, {east, 122}, {middleX, 168}, {west, 214}, {east, 214}, {west, 306}, {east, 306}, {middleX, 352}, {west, 398}, {east, 398}},
	}
}

// pips draws the marks of ace to ten.
func pips(d *ink.Drawing, l livery, number int) {
	if number == 1 {
		ace(d, l)
		return
	}
	d.Stroke(l.glow.Fade(0.16), 1.4, ink.Circle(middleX, middleY, 112), ink.Circle(middleX, middleY, 104))
	d.Fill(l.glow.Fade(0.1), ink.Star(middleX, middleY, 8, 100, 44))
	size := []float64{2: 112, 3: 98, 4: 96, 5: 88, 6: 84, 7: 74, 8: 74, 9: 70, 10: 70}[number] / max(l.tall, l.broad)
	var places []ink.Affine
	for _, at := range layouts()[number] {
		places = append(places, ink.Scale(size).Then(ink.Move(at.x, at.y)))
	}
	d.Place(l.mark(), places...)
}

// ace draws the mark alone, large, in a blaze.
func ace(d *ink.Drawing, l livery) {
	ray := ink.Polygon(middleX-3, middleY-96, middleX, middleY-122, middleX+3, middleY-96)
	glow(d, middleX, middleY, 118, l.glow, 0.75)
	d.Fill(l.glow.Fade(0.6), ray.Around(24, middleX, middleY))
	d.Stroke(l.glow.Fade(0.7), 1.4, ink.Circle(middleX, middleY, 90))
	d.Place(l.mark(), ink.Scale(150/max(l.tall, l.broad)).Then(ink.Move(middleX, middleY)))
	for _, at := range []spot{{west - 28, 102}, {east + 28, 102}, {west - 28, 418}, {east + 28, 418}} {
		d.Fill(l.glow.Fade(0.8), ink.Spark(at.x, at.y, 15))
	}
}
