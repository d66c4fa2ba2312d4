package ink

import (
	"math"
	"slices"
)

// kappa is how far the handles of a quarter circle of radius 1 stand from its ends: the cubic curve
// then leaves the circle by less than 0.03 %.
const kappa = 0.5522847498

// Circle returns a circle around a point.
func Circle(x, y, r float64) Path { return Ellipse(x, y, r, r) }

// Ellipse returns an ellipse with the half axes rx and ry around a point.
func Ellipse(x, y, rx, ry float64) Path {
	kx, ky := kappa*rx, kappa*ry
	return At(x+rx, y).Curve(
		x+rx, y+ky, x+kx, y+ry, x, y+ry,
		x-kx, y+ry, x-rx, y+ky, x-rx, y,
		x-rx, y-ky, x-kx, y-ry, x, y-ry,
		x+kx, y-ry, x+rx, y-ky, x+rx, y,
	).Shut()
}

// Arc returns an open arc of a circle between two angles in degrees, clockwise from the right.
func Arc(x, y, r, from, to float64) Path {
	n := math.Ceil(math.Abs(to-from) / 90)
	sweep := (to - from) / n * math.Pi / 180
	handle := r * 4 / 3 * math.Tan(sweep/4)
	sin, cos := math.Sincos(from * math.Pi / 180)
	p := At(x+r*cos, y+r*sin)
	for i := range int(n) {
		nextSin, nextCos := math.Sincos(from*math.Pi/180 + sweep*float64(i+1))
		p = p.Curve(x+r*cos-handle*sin, y+r*sin+handle*cos,
			x+r*nextCos+handle*nextSin, y+r*nextSin-handle*nextCos, x+r*nextCos, y+r*nextSin)
		sin, cos = nextSin, nextCos
	}
	return p
}

// Rect returns a rectangle from its upper left corner.
func Rect(x, y, w, h float64) Path { return At(x, y).Line(x+w, y, x+w, y+h, x, y+h).Shut() }

// Round returns a rectangle with corners of radius r.
func Round(x, y, w, h, r float64) Path {
	k := r * (1 - kappa)
	return At(x+r, y).Line(x+w-r, y).Curve(x+w-k, y, x+w, y+k, x+w, y+r).
		Line(x+w, y+h-r).Curve(x+w, y+h-k, x+w-k, y+h, x+w-r, y+h).
		Line(x+r, y+h).Curve(x+k, y+h, x, y+h-k, x, y+h-r).
		Line(x, y+r).Curve(x, y+k, x+k, y, x+r, y).Shut()
}

// Polygon returns the closed polygon of points given as pairs of x and y.
func Polygon(xy ...float64) Path { return At(xy[0], xy[1]).Line(xy[2:]...).Shut() }

// Star returns a star that stands on the point, with n rays to the radius outer and valleys between
// them at the radius inner.
func Star(x, y float64, n int, outer, inner float64) Path {
	var xy []float64
	for i := range 2 * n {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(math.Pi*float64(i)/float64(n) - math.Pi/2)
		xy = append(xy, x+r*cos, y+r*sin)
	}
	return Polygon(xy...)
}

// Spark returns a star of four points with hollow sides, as light twinkles.
func Spark(x, y, r float64) Path {
	k := r * 0.1
	return At(x, y-r).Curve(x+k, y-k, x+k, y-k, x+r, y, x+k, y+k, x+k, y+k, x, y+r,
		x-k, y+k, x-k, y+k, x-r, y, x-k, y-k, x-k, y-k, x, y-r).Shut()
}

// Crescent returns a moon of radius r whose light side is on the left. Turn it for other sides.
func Crescent(x, y, r float64) Path {
	// A second circle of 0.82r, 0.42r to the right, cuts the first one 0.6r right of its middle.
	const outer, inner = 53.1301, 77.3196 // the angles of the tips as seen from both middles
	return slices.Concat(Arc(x, y, r, outer, 360-outer), join(Arc(x+0.42*r, y, 0.82*r, 360-inner, inner))).Shut()
}

// join turns the beginning of a path into a line from where the path before it ended.
func join(p Path) Path {
	p = slices.Clone(p)
	p[0].verb = lineTo
	return p
}

// Heart returns a heart of width 2r around a point.
func Heart(x, y, r float64) Path {
	return At(x, y-0.35*r).
		Curve(x+0.15*r, y-1.05*r, x+r, y-0.95*r, x+r, y-0.3*r, x+r, y+0.25*r, x+0.4*r, y+0.55*r, x, y+r).
		Curve(x-0.4*r, y+0.55*r, x-r, y+0.25*r, x-r, y-0.3*r, x-r, y-0.95*r, x-0.15*r, y-1.05*r, x, y-0.35*r).Shut()
}

// Leaf returns a pointed leaf from a foot upwards, of the given length and width.
func Leaf(x, y, length, width float64) Path {
	w := width * 0.66
	return At(x, y).Curve(x+w, y-length*0.25, x+w, y-length*0.7, x, y-length).
		Curve(x-w, y-length*0.7, x-w, y-length*0.25, x, y).Shut()
}
