// Package ink is drawings made of filled and stroked paths. One drawing is written as SVG or painted
// in pixels, by the same geometry, so that both look alike without a browser at hand.
package ink

// Drawing is shapes on a paper, the first at the bottom. It is not safe for concurrent changes;
// whoever has finished one may share it.
type Drawing struct {
	Width, Height float64 // in units of the paper
	shapes        []shape
}

// shape is a path with its paint; a width above zero makes it a stroke with round ends and corners.
type shape struct {
	path  Path
	paint Paint
	width float64
}

// New returns an empty drawing.
func New(width, height float64) *Drawing { return &Drawing{Width: width, Height: height} }

// Fill adds the inside of the paths, one shape together (the nonzero winding rule).
func (d *Drawing) Fill(paint Paint, paths ...Path) {
	d.shapes = append(d.shapes, shape{path: Path(nil).With(paths...), paint: paint})
}

// Stroke adds the lines of the paths, one shape together, with round ends and corners.
func (d *Drawing) Stroke(paint Paint, width float64, paths ...Path) {
	d.shapes = append(d.shapes, shape{path: Path(nil).With(paths...), paint: paint, width: width})
}

// Place adds copies of another drawing, one after each of the transformations. The copies are of one
// size and do not overlap: equal shapes become one, which halves what is written. A gradient in them
// follows the first copy.
func (d *Drawing) Place(other *Drawing, at ...Affine) {
	for _, s := range other.shapes {
		all := s.on(at[0])
		for _, m := range at[1:] {
			all.path = all.path.With(s.path.On(m))
		}
		d.shapes = append(d.shapes, all)
	}
}

// on returns the shape after a transformation.
func (s shape) on(m Affine) shape {
	return shape{path: s.path.On(m), paint: s.paint.on(m), width: s.width * m.factor()}
}
