package ink

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
)

// SVG returns the drawing as an SVG 1.1 document with a title, which screen readers say. It holds
// no script, no style sheet, no font and no reference to anything outside.
func (d *Drawing) SVG(title string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img"><title>`,
		number(d.Width), number(d.Height))
	_ = xml.EscapeText(&out, []byte(title)) // a buffer takes everything
	out.WriteString("</title>")
	d.gradients(&out)
	out.WriteString(`<g fill="none" stroke-linecap="round" stroke-linejoin="round">`)
	for i, s := range d.shapes {
		out.WriteString(`<path d="`)
		s.path.write(&out)
		out.WriteByte('"')
		if s.width > 0 {
			s.paint.write(&out, "stroke", i)
			fmt.Fprintf(&out, ` stroke-width="%s"`, number(s.width))
		} else {
			s.paint.write(&out, "fill", i)
		}
		out.WriteString("/>")
	}
	out.WriteString("</g></svg>\n")
	return out.Bytes()
}

// gradients writes the definitions that shapes refer to by their number.
func (d *Drawing) gradients(out *bytes.Buffer) {
	out.WriteString("<defs>")
	for i, s := range d.shapes {
		p := s.paint
		switch p.kind {
		case linear:
			fmt.Fprintf(out, `<linearGradient id="g%d" gradientUnits="userSpaceOnUse" x1="%s" y1="%s" x2="%s" y2="%s">`,
				i, number(p.a.X), number(p.a.Y), number(p.b.X), number(p.b.Y))
			p.stops(out)
			out.WriteString("</linearGradient>")
		case radial:
			fmt.Fprintf(out, `<radialGradient id="g%d" gradientUnits="userSpaceOnUse" cx="%s" cy="%s" r="%s">`,
				i, number(p.a.X), number(p.a.Y), number(p.r))
			p.stops(out)
			out.WriteString("</radialGradient>")
		case flat:
		}
	}
	out.WriteString("</defs>")
}

func (p Paint) stops(out *bytes.Buffer) {
	for offset, s := range []shade{p.from, p.to} {
		fmt.Fprintf(out, `<stop offset="%d" stop-color="#%06x"`, offset, s.rgb)
		if s.alpha < 1 {
			fmt.Fprintf(out, ` stop-opacity="%s"`, number(s.alpha))
		}
		out.WriteString("/>")
	}
}

// write adds the attributes of the paint of shape i, for "fill" or "stroke".
func (p Paint) write(out *bytes.Buffer, attribute string, i int) {
	if p.kind != flat {
		fmt.Fprintf(out, ` %s="url(#g%d)"`, attribute, i)
		return
	}
	fmt.Fprintf(out, ` %s="#%06x"`, attribute, p.from.rgb)
	if p.from.alpha < 1 {
		fmt.Fprintf(out, ` %s-opacity="%s"`, attribute, number(p.from.alpha))
	}
}

// tenths is how coordinates are written: to a tenth of a unit, a fifth of a pixel on large pictures.
const tenths = 10

// write adds the data of the path. All but moves are relative to where the pen stands, which takes
// fewer digits; the pen's own place is kept in whole tenths, so that no error adds up.
func (p Path) write(out *bytes.Buffer) {
	var begin, pen [2]int
	for _, s := range p {
		from, verb := pen, byte(s.verb)+'a'-'A'
		if s.verb == moveTo {
			from, verb = [2]int{}, byte(s.verb)
		}
		out.WriteByte(verb)
		for k, at := range s.points[:s.verb.count()] {
			pen = [2]int{int(math.Round(at.X * tenths)), int(math.Round(at.Y * tenths))}
			coordinate(out, pen[0]-from[0], k == 0)
			coordinate(out, pen[1]-from[1], false)
		}
		switch s.verb {
		case moveTo:
			begin = pen
		case closing:
			pen = begin
		case lineTo, curveTo:
		}
	}
}

// coordinate writes a number of tenths; a minus parts numbers as well as a space does.
func coordinate(out *bytes.Buffer, n int, first bool) {
	if n >= 0 && !first {
		out.WriteByte(' ')
	}
	out.WriteString(strconv.FormatFloat(float64(n)/tenths, 'f', -1, 64))
}

// number writes what is no coordinate, to a hundredth.
func number(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }
