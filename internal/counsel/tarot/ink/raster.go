package ink

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// Onto paints the drawing over a picture, after a transformation from units of the paper to pixels.
func (d *Drawing) Onto(dst *image.RGBA, m Affine) {
	for _, s := range d.shapes {
		s = s.on(m)
		if s.width > 0 {
			s.path = s.path.outline(s.width / 2)
		}
		s.onto(dst)
	}
}

// Image paints the drawing at a width in pixels; what no shape covers stays transparent.
func (d *Drawing) Image(width int) *image.RGBA {
	scale := float64(width) / d.Width
	dst := image.NewRGBA(image.Rect(0, 0, width, int(math.Round(d.Height*scale))))
	d.Onto(dst, Scale(scale))
	return dst
}

// onto paints a filled shape. Only its own rectangle is touched: most shapes are small.
func (s shape) onto(dst *image.RGBA) {
	low, high := s.path.bounds()
	box := image.Rect(int(math.Floor(low.X)), int(math.Floor(low.Y)), int(math.Ceil(high.X)), int(math.Ceil(high.Y))).
		Intersect(dst.Bounds())
	if box.Empty() {
		return
	}
	cover := image.NewAlpha(image.Rect(0, 0, box.Dx(), box.Dy()))
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	trace(r, s.path.Moved(-float64(box.Min.X), -float64(box.Min.Y)))
	r.Draw(cover, cover.Bounds(), image.Opaque, image.Point{})
	ramp := s.paint.ramp()
	for y := range box.Dy() {
		row := dst.Pix[dst.PixOffset(box.Min.X, box.Min.Y+y):]
		for x := range box.Dx() {
			if part := cover.Pix[y*cover.Stride+x]; part > 0 {
				at := s.paint.place(float64(box.Min.X+x)+0.5, float64(box.Min.Y+y)+0.5)
				blend(row[4*x:4*x+4:4*x+4], ramp[at], float32(part)/255)
			}
		}
	}
}

// trace hands the path to the rasterizer.
func trace(r *vector.Rasterizer, p Path) {
	at := func(p Point) (x, y float32) { return float32(p.X), float32(p.Y) }
	for _, s := range p {
		x, y := at(s.points[0])
		switch s.verb {
		case moveTo:
			r.ClosePath() // a fill closes each piece
			r.MoveTo(x, y)
		case lineTo:
			r.LineTo(x, y)
		case curveTo:
			x2, y2 := at(s.points[1])
			x3, y3 := at(s.points[2])
			r.CubeTo(x, y, x2, y2, x3, y3)
		case closing:
			r.ClosePath()
		}
	}
	r.ClosePath()
}

// blend lays a colour over one pixel, of which the shape covers a part. Pixels are premultiplied.
func blend(pixel []uint8, colour [4]float32, part float32) {
	a := colour[3] * part
	colour[3] = 1
	for i, c := range colour {
		pixel[i] = uint8(float32(pixel[i])*(1-a) + 255*c*a + 0.5)
	}
}

// PNG paints the drawing at a width in pixels and returns it as a PNG picture.
func (d *Drawing) PNG(width int) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, d.Image(width)); err != nil {
		return nil, fmt.Errorf("encode a drawing: %w", err)
	}
	return out.Bytes(), nil
}
