package dashboard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

// shaper returns the dashboard layer of a method.
func shaper(m Method) dashboardLayer {
	switch m {
	case Series:
		return series{}
	case Quadrants:
		return quadrants{}
	case ABC:
		return abc{}
	}
	return breakdown{}
}

// begin returns an answer without rows.
func begin(p *plan, f facts) *Analysis {
	a := &Analysis{Warnings: append(slices.Clone(p.warnings), f.warnings...), Totals: p.values(f.totals)}
	if f.previousTotals != nil {
		a.PreviousTotals = p.values(f.previousTotals)
	}
	for _, d := range p.dimensions {
		a.Columns = append(a.Columns, &Column{Name: d.Name, Role: RoleDimension})
	}
	for _, m := range p.measures {
		a.Columns = append(a.Columns, &Column{Name: m.Name, Role: RoleMeasure, Unit: &m.Unit})
	}
	return a
}

func (p *plan) values(nums []number) []*float64 {
	values := make([]*float64, len(p.measures))
	for i, m := range p.measures {
		values[i] = m.float(nums)
	}
	return values
}

// item is a group on its way to become a row.
type item struct {
	group
	before []number // of the compared period; nil for none
	row    *Row     // of one that sums up others; nil for a group
	// class and cumulative are of ABC only: the sum of this and all larger ones.
	class      Class
	cumulative int64
}

// join puts the groups of the compared period beside those of the asked one.
func join(p *plan, f facts) []item {
	items := make([]item, len(f.groups))
	for i, g := range f.groups {
		items[i].group = g
	}
	if p.compare == nil {
		return items
	}
	earlier := make(map[string][]number, len(f.previous))
	for _, g := range f.previous {
		earlier[g.identity()] = g.nums
	}
	for i := range items {
		if items[i].before = earlier[items[i].identity()]; items[i].before == nil {
			items[i].before = p.nothing()
		}
	}
	return items
}

// identity is equal for groups with the same keys.
func (g group) identity() string {
	return strconv.Itoa(g.bucket) + "\x00" + strings.Join(g.keys, "\x00")
}

// nothing is what a group without any rows holds: sums and counts of zero.
func (p *plan) nothing() []number {
	nums := make([]number, len(p.components))
	for i := range nums {
		nums[i].ok = true
	}
	return nums
}

// toRow makes the row of an item.
func (p *plan) toRow(it *item) *Row {
	row := &Row{Keys: slices.Clone(it.keys), Labels: make([]string, len(it.keys)), Values: p.values(it.nums)}
	if it.before != nil {
		row.Previous = p.values(it.before)
	}
	if p.time >= 0 {
		row.Keys[p.time] = p.bucketKey(it.bucket)
	}
	for i, key := range row.Keys {
		row.Labels[i] = cmp.Or(it.labels[i], key)
	}
	return row
}

// bucketKey names a bucket of time by ISO 8601.
func (p *plan) bucketKey(bucket int) string {
	switch p.grain {
	case Week:
		year, week := calendar.WeekNumbered(bucket).ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case Month:
		return calendar.MonthNumbered(bucket).String()[:len("2006-01")]
	}
	return calendar.DayNumbered(bucket).String()
}

// byKeys orders items by time, then by their other keys.
func byKeys(a, b *item) int {
	return cmp.Or(cmp.Compare(a.bucket, b.bucket), slices.Compare(a.keys, b.keys))
}

// largest orders items by a measure, the largest first and those without a value last, and ties by the keys.
func largest(m measured) func(a, b *item) int {
	return func(a, b *item) int { return cmp.Or(m.compare(b.nums, a.nums), byKeys(a, b)) }
}

// sort orders items as the question says, or else by standard.
func (p *plan) sort(items []item, standard func(a, b *item) int) {
	order := standard
	if o := p.order; o != nil {
		order = func(a, b *item) int {
			var by int
			switch {
			case o.measure >= 0:
				by = p.measures[o.measure].compare(a.nums, b.nums)
			case o.dimension == p.time:
				by = cmp.Compare(a.bucket, b.bucket)
			default:
				by = cmp.Compare(a.keys[o.dimension], b.keys[o.dimension])
			}
			if o.descending {
				by = -by
			}
			return cmp.Or(by, byKeys(a, b))
		}
	}
	sortItems(items, nil, order)
}

// sortItems orders items by a rank, the lowest first, if there is one, and those of equal rank by order. Items are
// large and hold pointers, so that to move each of many to its place once is several times as fast as to move them
// with each step.
func sortItems(items []item, rank func(*item) int64, order func(a, b *item) int) {
	type place struct {
		rank int64
		of   int
	}
	places := make([]place, len(items))
	for i := range items {
		places[i].of = i
		if rank != nil {
			places[i].rank = rank(&items[i])
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return order(&items[a.of], &items[b.of])
	})
	sorted := make([]item, len(items))
	for i, p := range places {
		sorted[i] = items[p.of]
	}
	copy(items, sorted)
}

// share returns the part of an item in the sum of the first measure; nil where that does not add up.
func (p *plan) share(it *item, totals []number) *float64 {
	m := p.measures[0]
	total, n := totals[m.of], it.nums[m.of]
	if !m.adds || !total.ok || !n.ok {
		return nil
	}
	return quotient(n.n, total.n)
}
