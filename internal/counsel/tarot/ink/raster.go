package ink

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// Onto paints the drawing over a picture, after a transformation from units of the paper to pixels.
func (d *Drawing) Onto(dst *image.RGBA, m Affine) {
	b := brush{dst: dst, cover: make([]uint8, dst.Bounds().Dx()*dst.Bounds().Dy())}
	for _, s := range d.shapes {
		s = s.on(m)
		if s.width > 0 {
			s.path = s.path.outline(s.width / 2)
		}
		b.fill(s)
	}
}

// Image paints the drawing at a width in pixels; what no shape covers stays transparent.
func (d *Drawing) Image(width int) *image.RGBA {
	scale := float64(width) / d.Width
	dst := image.NewRGBA(image.Rect(0, 0, width, int(math.Round(d.Height*scale))))
	d.Onto(dst, Scale(scale))
	return dst
}

// brush paints shapes one after another, with the same buffers for all.
type brush struct {
	dst   *image.RGBA
	r     vector.Rasterizer
	cover []uint8 // how much of each pixel a shape covers
}

// fill paints the inside of a shape. Only its own rectangle is touched: most shapes are small.
func (b *brush) fill(s shape) {
	low, high := s.path.bounds()
	box := image.Rect(int(math.Floor(low.X)), int(math.Floor(low.Y)), int(math.Ceil(high.X)), int(math.Ceil(high.Y))).
		Intersect(b.dst.Bounds())
	if box.Empty() {
		return
	}
	cover := &image.Alpha{Pix: b.cover[:box.Dx()*box.Dy()], Stride: box.Dx(), Rect: image.Rect(0, 0, box.Dx(), box.Dy())}
	b.r.Reset(box.Dx(), box.Dy())
	b.r.DrawOp = draw.Src // what the shape before left is overwritten
	trace(&b.r, s.path.Moved(-float64(box.Min.X), -float64(box.Min.Y)))
	b.r.Draw(cover, cover.Bounds(), image.Opaque, image.Point{})
	ramp := s.paint.ramp()
	for y := range box.Dy() {
		row := b.dst.Pix[b.dst.PixOffset(box.Min.X, box.Min.Y+y):]
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
