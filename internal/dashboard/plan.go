package dashboard

import (
	"math/big"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/page"
)

// plan is a question that has been checked against the catalogue: what the three layers work on.
type plan struct {
	kind   *Kind
	scope  scope
	period Period
	// grain is the length of the buckets of the dimension of time, if there is one.
	grain      Granularity
	dimensions []*Dimension
	// time is where among the dimensions the time stands; -1 for nowhere.
	time       int
	components []component
	measures   []measured
	where      []condition
	having     []bound
	compare    *Comparison
	method     Method
	cut        Cut
	fixed      [2]*big.Rat
	classEnds  [2]*big.Rat
	order      *ordering
	limit      int // 0 for none
	most       int // rows that an answer may have without a limit
	warnings   []Warning
	// rolled says what is read from rollups; nil for nothing.
	rolled *rolledPlan
	// remarks gather what the source says of its answer beside the numbers.
	remarks *remarks
}

// scope is whose data a question sees, whatever it asks for.
type scope struct {
	// owner is whose stores are seen; empty for all stores.
	owner string
	// store narrows them to one; empty for no narrowing, unless narrowed says that it is nobody's.
	store    string
	narrowed bool
	// external are the stores in the words of a source outside.
	external []string
}

// within returns the scope, of one store alone where there is one.
func (s scope) within(storeID *string) scope {
	if storeID != nil {
		s.store = *storeID
	}
	return s
}

// measured is a measure of a plan, with the places of its components.
type measured struct {
	*Measure
	of, per  int // per is -1 for none
	ofParts  int64
	perParts int64
	adds     bool // whether the measure of a union is the sum of those of its parts
}

// condition keeps the rows whose dimension is among the values, or is not.
type condition struct {
	*Dimension
	operator Operator
	values   []string
}

// bound keeps the groups whose measure is on a side of a value.
type bound struct {
	measured
	operator Operator
	value    *big.Rat
}

// ordering is by a dimension or a measure; the other is -1.
type ordering struct {
	dimension, measure int
	descending         bool
}

// bucket returns the number of the bucket that holds the day.
func (p *plan) bucket(day calendar.Date) int {
	switch p.grain {
	case Week:
		return day.WeekNumber()
	case Month:
		return day.MonthNumber()
	}
	return day.Number()
}

// buckets returns the numbers of the first and the last bucket.
func (p *plan) buckets() (first, last int) { return p.bucket(p.period.From), p.bucket(p.period.To) }

// shifted returns the plan of the compared period: the one of the same length right before, or the same a
// year before. Whole months are compared to as many whole months, and weeks to weeks that are 52 weeks
// before, so that the n-th bucket of one stands beside the n-th of the other.
func (p *plan) shifted() *plan {
	before := *p
	before.compare = nil
	from, to := p.period.From, p.period.To
	wholeMonths := from.IsFirstOfMonth() && to.IsLastOfMonth()
	switch months := to.MonthNumber() - from.MonthNumber() + 1; {
	case *p.compare == PreviousYear && p.time >= 0 && p.grain == Week:
		before.period = Period{from.Add(-52 * 7), to.Add(-52 * 7)}
	case *p.compare == PreviousYear && wholeMonths:
		before.period = Period{from.AddYears(-1), to.Add(1).AddYears(-1).Add(-1)}
	case *p.compare == PreviousYear:
		before.period = Period{from.AddYears(-1), to.AddYears(-1)}
	case wholeMonths && (p.time < 0 || p.grain != Week):
		before.period = Period{from.AddMonths(-months), from.Add(-1)}
	default:
		before.period = Period{from.Add(-p.period.Days()), from.Add(-1)}
	}
	return &before
}

// whole returns the plan of the totals of what does not add up: the same rows as one group.
func (p *plan) whole() *plan {
	all := *p
	all.dimensions, all.time, all.compare = nil, -1, nil
	return &all
}

// adds reports whether all components of groups add up to those of their union.
func (p *plan) adds() bool {
	for _, c := range p.components {
		if !c.adds() {
			return false
		}
	}
	return true
}

func descending(d page.Direction) bool { return d == page.Descending }
