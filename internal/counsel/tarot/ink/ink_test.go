package ink_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/tarot/ink"
)

var (
	red  = ink.Flat(0xff0000)
	blue = ink.Flat(0x0000ff)
)

// area paints a shape on a paper of 100 × 100 and returns how many units it covers.
func area(draw func(*ink.Drawing)) float64 {
	d := ink.New(100, 100)
	draw(d)
	picture := d.Image(400)
	sum := 0.0
	for i := 3; i < len(picture.Pix); i += 4 {
		sum += float64(picture.Pix[i]) / 255
	}
	return sum / 16
}

func TestShapesCoverTheirAreas(t *testing.T) {
	t.Parallel()
	fill := func(paths ...ink.Path) float64 { return area(func(d *ink.Drawing) { d.Fill(red, paths...) }) }
	require.InDelta(t, 1200, fill(ink.Rect(10, 10, 40, 30)), 1)
	require.InDelta(t, math.Pi*900, fill(ink.Circle(50, 50, 30)), 6)
	require.InDelta(t, math.Pi*600, fill(ink.Ellipse(50, 50, 30, 20)), 5)
	require.InDelta(t, 1200-(4-math.Pi)*25, fill(ink.Round(10, 10, 40, 30, 5)), 2)
	require.InDelta(t, 450, fill(ink.Polygon(10, 10, 40, 10, 10, 40)), 1)
	require.InDelta(t, math.Pi*(900-100), fill(ink.Circle(50, 50, 30), ink.Circle(50, 50, 10).Mirrored(50)), 6, "the other way round is a hole")
	require.InDelta(t, 2*1200, fill(ink.Rect(5, 10, 40, 30).Both(50)), 1)
	require.InDelta(t, 4*100, fill(ink.Rect(45, 5, 10, 10).Around(4, 50, 50)), 1)
	require.InDelta(t, 0, fill(ink.Rect(200, 0, 10, 10)), 0, "off the paper")
	require.InDelta(t, 2500, fill(ink.Rect(-50, -50, 100, 100)), 1, "partly off the paper")
}

func TestStrokesHaveRoundEndsAndCorners(t *testing.T) {
	t.Parallel()
	stroke := func(width float64, paths ...ink.Path) float64 {
		return area(func(d *ink.Drawing) { d.Stroke(red, width, paths...) })
	}
	require.InDelta(t, 60*10+math.Pi*25, stroke(10, ink.At(20, 50).Line(80, 50)), 3, "a line and two half discs")
	require.InDelta(t, math.Pi*25, stroke(10, ink.At(50, 50).Line(50, 50)), 2, "a point is a disc")
	require.InDelta(t, 2*math.Pi*30*4, stroke(4, ink.Circle(50, 50, 30)), 4, "a ring")
	require.InDelta(t, math.Pi*30*4+math.Pi*4, stroke(4, ink.Arc(50, 50, 30, 180, 360)), 3)
	corners := 60.0*60 - 40*40 - (4-math.Pi)*25
	require.InDelta(t, corners, stroke(10, ink.Rect(25, 25, 50, 50)), 4)
	require.InDelta(t, corners, stroke(10, ink.Rect(25, 25, 50, 50).Mirrored(50)), 4, "the other way round as well")
	require.InDelta(t, 2*50*10+math.Pi*25+math.Pi*25/4-25, stroke(10, ink.At(25, 25).Line(75, 25, 75, 75)), 4, "one corner")
	require.InDelta(t, 2*600+2*math.Pi*25-100, stroke(10, ink.At(20, 50).Line(80, 50), ink.At(50, 20).Line(50, 80)), 5, "a cross is no hole")
}

func TestPaintsMixAsInSVG(t *testing.T) {
	t.Parallel()
	d := ink.New(100, 100)
	d.Fill(ink.Linear(0, 0, 100, 0, red, blue), ink.Rect(0, 0, 100, 50))
	d.Fill(red, ink.Rect(0, 50, 50, 50))
	d.Fill(blue.Fade(0.5), ink.Rect(0, 50, 50, 50))
	d.Fill(ink.Radial(75, 75, 20, red, red.Fade(0)), ink.Rect(50, 50, 50, 50))
	picture := d.Image(100)
	near := func(x, y int, want color.NRGBA) {
		t.Helper()
		got, ok := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
		require.True(t, ok)
		for _, pair := range [][2]uint8{{want.R, got.R}, {want.G, got.G}, {want.B, got.B}, {want.A, got.A}} {
			require.InDelta(t, pair[0], pair[1], 4, "%d, %d is %v", x, y, got)
		}
	}
	near(0, 10, color.NRGBA{R: 254, B: 1, A: 255})
	near(50, 10, color.NRGBA{R: 127, B: 128, A: 255})
	near(99, 10, color.NRGBA{R: 1, B: 254, A: 255})
	near(25, 75, color.NRGBA{R: 128, B: 128, A: 255})
	near(75, 75, color.NRGBA{R: 255, A: 246})
	near(85, 75, color.NRGBA{R: 255, A: 121})
	near(97, 75, color.NRGBA{})
}

func TestADrawingIsWrittenAsSVG(t *testing.T) {
	t.Parallel()
	d := ink.New(30, 20)
	d.Fill(ink.Linear(0, 0, 30, 0, red, blue.Fade(0.5)), ink.Rect(0, 0, 30, 20))
	d.Stroke(blue.Fade(0.25), 1.5, ink.At(1.04, 2).Line(4, 6.25).Curve(5, 6, 7, 8, 9, -1))
	require.Equal(t, `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" viewBox="0 0 30 20" role="img">`+
		`<title>Sun &amp; Moon</title><defs>`+
		`<linearGradient id="g0" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="30" y2="0">`+
		`<stop offset="0" stop-color="#ff0000"/><stop offset="1" stop-color="#0000ff" stop-opacity="0.5"/></linearGradient></defs>`+
		`<g fill="none" stroke-linecap="round" stroke-linejoin="round">`+
		`<path d="M0 0l30 0l0 20l-30 0z" fill="url(#g0)"/>`+
		`<path d="M1 2l3 4.3c1-0.3 3 1.7 5-7.3" stroke="#0000ff" stroke-opacity="0.25" stroke-width="1.5"/></g></svg>`+"\n",
		string(d.SVG("Sun & Moon")))
}

func TestCopiesOfAMarkArePlaced(t *testing.T) {
	t.Parallel()
	mark := ink.New(10, 10)
	mark.Fill(red, ink.Rect(0, 0, 10, 10))
	turned := ink.Scale(2).Then(ink.Turn(45, 0, 0)).Then(ink.Move(70, 60))
	covered := area(func(d *ink.Drawing) { d.Place(mark, ink.Scale(2), ink.Scale(2).Then(ink.Move(30, 0)), turned) })
	require.InDelta(t, 3*400, covered, 2)
	at := turned.Apply(ink.Point{X: 10, Y: 10})
	require.InDelta(t, 70, at.X, 1e-9)
	require.InDelta(t, 60+20*math.Sqrt2, at.Y, 1e-9)
}

func TestPathsThatWereHandedOutDoNotChange(t *testing.T) {
	t.Parallel()
	begun := ink.At(0, 0).Line(1, 0)
	first, second := begun.Line(2, 0), begun.Line(3, 0)
	require.NotEqual(t, first, second)
	require.Equal(t, ink.At(0, 0).Line(1, 0, 2, 0), first)
	require.Equal(t, ink.At(0, 0).Line(1, 0), begun)
	begun.Moved(5, 5)
	require.Equal(t, ink.At(0, 0).Line(1, 0), begun)
}

func TestADrawingIsPaintedAsPNG(t *testing.T) {
	t.Parallel()
	d := ink.New(30, 20)
	d.Fill(red, ink.Rect(0, 0, 30, 10))
	data, err := d.PNG(60)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 60, 40), picture.Bounds())
	require.Equal(t, color.NRGBA{R: 255, A: 255}, color.NRGBAModel.Convert(picture.At(30, 10)))
	require.Equal(t, color.NRGBA{}, color.NRGBAModel.Convert(picture.At(30, 30)))
}
