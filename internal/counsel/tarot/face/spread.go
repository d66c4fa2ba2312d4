package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// MaxSpread is how many cards lie in a spread at most.
const MaxSpread = 3

// Spread returns one to three cards side by side on a cloth of 1200 × 630 units.
func Spread(cards []*ink.Drawing) *ink.Drawing {
	const width, height, size, apart = 1200.0, 630.0, 0.98, 336.0
	d := ink.New(width, height)
	d.Fill(ink.Radial(width/2, height/2, 660, plum, night), ink.Rect(0, 0, width, height))
	d.Stroke(gold.Fade(0.35), 1.6, ink.Circle(width/2, height/2, 290), ink.Circle(width/2, height/2, 304), ink.Circle(width/2, height/2, 470))
	d.Fill(gold.Fade(0.3), ink.Spark(width/2, height/2-470, 14).Turned(15, width/2, height/2).Around(12, width/2, height/2))
	sparks(d, straw.Fade(0.8), 84, 96, 20, 1116, 96, 20, 84, 534, 20, 1116, 534, 20, 40, 315, 12, 1160, 315, 12)
	sparks(d, cream.Fade(0.6), 150, 60, 8, 1050, 60, 8, 150, 570, 8, 1050, 570, 8, 46, 180, 7, 1154, 180, 7, 46, 450, 7, 1154, 450, 7)
	middle := float64(len(cards)-1) / 2
	for i, card := range cards {
		off := float64(i) - middle
		down := 14 * off * off
		at := ink.Move(-Width/2, -Height/2).Then(ink.Scale(size)).Then(ink.Turn(5*off, 0, 0)).Then(ink.Move(width/2+apart*off, height/2+down))
		for depth := 1.0; depth <= 4; depth++ { // a soft shadow
			d.Fill(night.Fade(0.16), ink.Round(1-2*depth, 5-depth, 298+4*depth, 520+3*depth, 22+depth).On(at))
		}
		d.Place(card, at)
	}
	return d
}
