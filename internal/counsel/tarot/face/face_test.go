package face_test

import (
	"image"
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

// TestScenesStayInTheirWindows: around it there is paper, an ornament and nothing that spills over.
func TestScenesStayInTheirWindows(t *testing.T) {
	t.Parallel()
	empty := face.Minor(face.Cups, 1).Image(face.Width)
	each(func(name int, d *ink.Drawing) {
		picture := d.Image(face.Width)
		for y := 60; y < 470; y++ {
			for _, x := range []int{13, 17, 21, 278, 282, 286} {
				require.Equal(t, empty.RGBAAt(17, 300), picture.RGBAAt(x, y), "card %d at %d, %d", name, x, y)
			}
		}
		for x := 24; x < 276; x++ {
			require.Equal(t, empty.RGBAAt(17, 300), picture.RGBAAt(x, 55), "card %d above the window", name)
			require.Equal(t, empty.RGBAAt(17, 300), picture.RGBAAt(x, 463), "card %d below the window", name)
		}
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
