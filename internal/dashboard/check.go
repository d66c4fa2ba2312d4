package dashboard

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// What a question may hold.
const (
	maxMeasures   = 10
	maxDimensions = 4
	maxFilters    = 20
	maxValues     = 1000
	maxText       = 200
	// maxRows is how many rows an answer may have.
	maxRows = 10_000
	// maxYears is how long a period may be.
	maxYears = 100
)

// checker turns a question into a plan and gathers what is wrong with it.
type checker struct {
	question Question
	plan     *plan
	faults   fault.List
}

// check returns the plan of a question over the catalogue, or every fault of it.
func check(catalogue []*Kind, q Question, s scope) (*plan, error) {
	kind := kindOf(catalogue, q.Data)
	if kind == nil || !kind.shownTo(s) {
		return nil, ErrDataUnknown.With(q.Data).At("data")
	}
	c := &checker{question: q, plan: &plan{kind: kind, scope: s, period: q.Period, compare: q.CompareTo, time: -1, method: q.Method, most: maxRows}}
	c.period()
	c.measures()
	c.dimensions()
	c.filters()
	c.method()
	c.order()
	c.limit()
	return c.plan, c.faults.Err()
}

func (c *checker) refuse(f *fault.Error, field ...string) {
	c.faults = append(c.faults, f.At(field...))
}

func (c *checker) period() {
	p := c.question.Period
	if p.To.Before(p.From) || p.From.Number() < 0 || p.From.AddYears(maxYears).Before(p.To) {
		c.refuse(ErrPeriodInvalid, "period")
	}
}

func (c *checker) measures() {
	names := c.question.Measures
	if len(names) == 0 || len(names) > maxMeasures || repeats(names) {
		c.refuse(ErrMeasuresInvalid.With(listed(names)), "measures")
	}
	for _, name := range names {
		m, ok := c.measured(name)
		if !ok {
			c.refuse(ErrMeasuresInvalid.With(cut(name)), "measures")
			continue
		}
		c.plan.measures = append(c.plan.measures, m)
	}
}

// measured finds a measure and sees to it that its components are asked for.
func (c *checker) measured(name string) (measured, bool) {
	m := c.plan.kind.measure(name)
	if m == nil {
		return measured{}, false
	}
	found := measured{Measure: m, per: -1, perParts: 1}
	found.of, found.ofParts, found.adds = c.component(m.of)
	if m.per != "" {
		found.per, found.perParts, _ = c.component(m.per)
		found.adds = false
	}
	return found, true
}

func (c *checker) component(name string) (place int, parts int64, adds bool) {
	wanted := func(k component) bool { return k.name == name }
	all := c.plan.kind.components
	declared := all[slices.IndexFunc(all, wanted)]
	place = slices.IndexFunc(c.plan.components, wanted)
	if place < 0 {
		place = len(c.plan.components)
		c.plan.components = append(c.plan.components, declared)
	}
	return place, declared.parts, declared.adds()
}

func (c *checker) dimensions() {
	names := c.question.Dimensions
	if len(names) > maxDimensions || repeats(names) {
		c.refuse(ErrDimensionsInvalid.With(listed(names)), "dimensions")
		return
	}
	for _, name := range names {
		d := c.plan.kind.dimension(name)
		if d == nil || d.Type == TypeTime && c.plan.time >= 0 {
			c.refuse(ErrDimensionsInvalid.With(cut(name)), "dimensions")
			continue
		}
		if d.Type == TypeTime {
			c.plan.time, c.plan.grain = len(c.plan.dimensions), d.grain
		}
		c.plan.dimensions = append(c.plan.dimensions, d)
	}
	c.time()
}

// time puts the time before the other dimensions where the method or the granularity asks for it.
func (c *checker) time() {
	p, asked := c.plan, c.question.Granularity
	classifies := p.method == ABC || p.method == Quadrants
	if p.time < 0 && (p.method == Series || asked != nil && !classifies) {
		p.dimensions = slices.Insert(p.dimensions, 0, p.kind.dimension("date"))
		p.time = 0
	}
	if p.time < 0 {
		return
	}
	if p.grain == "" {
		p.grain = Day
		if asked != nil {
			p.grain = *asked
		}
	}
	if first, last := p.buckets(); last-first >= maxRows {
		c.refuse(ErrTooManyRows.With(last-first+1, maxRows), "period")
	}
}

func (c *checker) filters() {
	if len(c.question.Filters) > maxFilters {
		c.refuse(ErrFilterInvalid.With(len(c.question.Filters)), "filters")
		return
	}
	for i, f := range c.question.Filters {
		if f == nil || !c.filter(*f) {
			name := ""
			if f != nil {
				name = cut(f.Field)
			}
			c.refuse(ErrFilterInvalid.With(name), "filters", strconv.Itoa(i))
		}
	}
}

func (c *checker) filter(f Filter) bool {
	many := f.Operator == In || f.Operator == NotIn
	if len(f.Values) == 0 || len(f.Values) > maxValues || len(f.Values) > 1 && !many ||
		slices.ContainsFunc(f.Values, func(v string) bool { return len(v) > maxText }) {
		return false
	}
	if d := c.plan.kind.dimension(f.Field); d != nil {
		compares := []Operator{Equal, NotEqual, In, NotIn, Contains}
		c.plan.where = append(c.plan.where, condition{d, f.Operator, f.Values})
		return d.Type != TypeTime && slices.Contains(compares, f.Operator)
	}
	m, ok := c.measured(f.Field)
	if !ok || many || f.Operator == Contains {
		return false
	}
	value, ok := decimal(f.Values[0])
	c.plan.having = append(c.plan.having, bound{m, f.Operator, value})
	return ok
}

func (c *checker) method() {
	p := c.plan
	switch p.method {
	case Series, Breakdown:
	case Quadrants:
		if len(p.measures) < 2 || len(p.dimensions) == 0 {
			c.refuse(ErrMethodInvalid, "method")
		}
		c.cuts()
	case ABC:
		if len(p.dimensions) == 0 || len(p.measures) > 0 && p.measures[0].per >= 0 {
			c.refuse(ErrMethodInvalid, "method")
		}
		c.classes()
	default:
		c.refuse(ErrMethodInvalid, "method")
	}
}

func (c *checker) cuts() {
	c.plan.cut = CutMean
	asked := c.question.Quadrant
	if asked == nil {
		return
	}
	if asked.Cut != nil {
		c.plan.cut = *asked.Cut
	}
	if c.plan.cut != CutFixed {
		return
	}
	if asked.XCut == nil || asked.YCut == nil {
		c.refuse(ErrQuadrantInvalid, "quadrant")
		return
	}
	c.plan.fixed = [2]*big.Rat{asWritten(*asked.XCut), asWritten(*asked.YCut)}
}

func (c *checker) classes() {
	a, b := 0.7, 0.9 // as is usual in Korean and Japanese retail
	if asked := c.question.ABC; asked != nil {
		if asked.A != nil {
			a = *asked.A
		}
		if asked.B != nil {
			b = *asked.B
		}
	}
	if !(0 < a && a <= b && b <= 1) {
		c.refuse(ErrABCInvalid, "abc")
		return
	}
	c.plan.classEnds = [2]*big.Rat{asWritten(a), asWritten(b)}
}

func (c *checker) order() {
	asked := c.question.OrderBy
	if asked == nil {
		return
	}
	p := c.plan
	o := &ordering{descending: descending(asked.Direction)}
	o.dimension = slices.IndexFunc(p.dimensions, func(d *Dimension) bool { return d.Name == asked.Field })
	o.measure = slices.IndexFunc(p.measures, func(m measured) bool { return m.Name == asked.Field })
	if o.dimension < 0 && o.measure < 0 {
		c.refuse(ErrOrderInvalid.With(cut(asked.Field)), "orderBy", "field")
		return
	}
	p.order = o
}

func (c *checker) limit() {
	asked := c.question.Limit
	if asked == nil {
		return
	}
	if *asked < 1 || *asked > maxRows {
		c.refuse(ErrLimitInvalid.With(maxRows), "limit")
		return
	}
	c.plan.limit = *asked
}

func repeats(names []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(names)))) < len(names)
}

// listed returns names as a message may repeat them.
func listed(names []string) string {
	cuts := make([]string, min(len(names), maxMeasures))
	for i := range cuts {
		cuts[i] = cut(names[i])
	}
	return strings.Join(cuts, ", ")
}

// cut shortens what a client wrote.
func cut(text string) string {
	const most = 40
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
