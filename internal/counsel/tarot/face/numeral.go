package face

import (
	"strings"

	"github.com/moa-bff/moa/internal/counsel/tarot/ink"
)

// The letters of Roman numerals, and where they stand.
const (
	letterHigh = 17.0
	letterTop  = 28.0
	letterGap  = 4.5
)

// numeral draws the number of a card above its window, in Roman letters; The Fool's is a ring.
func numeral(d *ink.Drawing, number int, paint ink.Paint) {
	text := roman(number)
	total := -letterGap
	for _, letter := range text {
		total += breadth(letter) + letterGap
	}
	x := middleX - total/2
	for _, letter := range text {
		glyph(d, letter, x, paint)
		x += breadth(letter) + letterGap
	}
	flank(d, letterTop+letterHigh/2, max(total/2+6, 22), paint)
}

// roman returns the number in Roman letters, "O" for zero.
func roman(number int) string {
	if number == 0 {
		return "O"
	}
	var text strings.Builder
	for _, part := range []struct {
		value  int
		letter string
	}{{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for number >= part.value {
			text.WriteString(part.letter)
			number -= part.value
		}
	}
	return text.String()
}

// breadth returns how wide a letter is.
func breadth(letter rune) float64 {
	if letter == 'I' {
		return 5
	}
	return 14
}

// glyph draws one letter with its left side at x: thick and thin strokes, and serifs.
func glyph(d *ink.Drawing, letter rune, x float64, paint ink.Paint) {
	const thick, thin, y, foot = 2.6, 1.3, letterTop, letterTop + letterHigh
	serif := func(at float64, y float64) ink.Path { return ink.At(at-2.8, y).Line(at+2.8, y) }
	switch letter {
	case 'I':
		d.Stroke(paint, thick, ink.At(x+2.5, y).Line(x+2.5, foot))
		d.Stroke(paint, thin, serif(x+2.5, y), serif(x+2.5, foot))
	case 'V':
		d.Stroke(paint, thick, ink.At(x+2, y).Line(x+7, foot))
		d.Stroke(paint, thin, ink.At(x+12, y).Line(x+7, foot), serif(x+2, y), serif(x+12, y))
	case 'X':
		d.Stroke(paint, thick, ink.At(x+2, y).Line(x+12, foot))
		d.Stroke(paint, thin, ink.At(x+12, y).Line(x+2, foot),
			serif(x+2, y), serif(x+12, y), serif(x+2, foot), serif(x+12, foot))
	case 'O':
		d.Stroke(paint, 2.2, ink.Ellipse(x+7, y+letterHigh/2, 6.4, letterHigh/2))
	}
}
