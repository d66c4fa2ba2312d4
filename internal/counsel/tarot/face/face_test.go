package face_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/tarot/face"
	"github.com/moa-bff/moa/internal/counsel/tarot/ink"
)

// TestTheBackIsTheSameEitherWayUp, or everybody would see which cards are reversed.
func TestTheBackIsTheSameEitherWayUp(t *testing.T) {
	t.Parallel()
	picture := face.Back().Image(150)
	require.Less(t, difference(picture, upsideDown(picture)), 1.0)
}

// TestAFaceIsNotTheSameUpsideDown, or nobody would see that it is reversed.
func TestAFaceIsNotTheSameUpsideDown(t *testing.T) {
	t.Parallel()
	each(func(name int, d *ink.Drawing) {
		picture := d.Image(75)
		require.Greater(t, difference(picture, upsideDown(picture)), 3.0, "card %d", name)
	})
}

// TestScenesStayInTheirWindows: around them there is paper and nothing that spills over.
func TestScenesStayInTheirWindows(t *testing.T) {
	t.Parallel()
	const half = face.Width / 2 // painted at half the size: the window is from 13 to 137 and from 31 to 229
	paper := color.RGBA{R: 0xf8, G: 0xf0, B: 0xdf, A: 0xff}
	each(func(name int, d *ink.Drawing) {
		picture := d.Image(half)
		spilled := 0
		for y := 30; y < 235; y++ {
			for _, x := range []int{8, 10, half - 11, half - 9} {
				if picture.RGBAAt(x, y) != paper {
					spilled++
				}
			}
		}
		for x := 12; x < half-12; x++ {
			for _, y := range []int{28, 231} {
				if picture.RGBAAt(x, y) != paper {
					spilled++
				}
			}
		}
		require.Zero(t, spilled, "card %d", name)
	})
}

func each(visit func(name int, d *ink.Drawing)) {
	for i := range 22 {
		visit(i, face.Major(i))
	}
	for suit := face.Wands; suit <= face.Pentacles; suit++ {
		for rank := 1; rank <= 14; rank++ {
			visit(22+14*int(suit)+rank-1, face.Minor(suit, rank))
		}
	}
}

func upsideDown(p *image.RGBA) *image.RGBA {
	out := image.NewRGBA(p.Bounds())
	for i := 0; i < len(p.Pix); i += 4 {
		copy(out.Pix[len(p.Pix)-4-i:], p.Pix[i:i+4])
	}
	return out
}

// difference returns how far apart two pictures are on the average, in steps of 255.
func difference(a, b *image.RGBA) float64 {
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a.Pix))
}
