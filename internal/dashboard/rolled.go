package dashboard

import (
	"context"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// bucketState says whether a month or a year is summed up.
type bucketState struct {
	grain           string
	number          int
	version, rolled int64
}

func (b bucketState) clean() bool { return b.version == b.rolled }

// bucketStates returns the state of every month and year that has order lines, in their order.
func (s *Service) bucketStates(ctx context.Context) ([]bucketState, error) {
	rows, err := s.deps.DB.Read().QueryContext(ctx, "SELECT grain, bucket, version, rolled FROM order_buckets ORDER BY grain, bucket")
	if err != nil {
		return nil, fmt.Errorf("read which months are summed up: %w", db.Fault(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var states []bucketState
	for rows.Next() {
		var b bucketState
		if err := rows.Scan(&b.grain, &b.number, &b.version, &b.rolled); err != nil {
			return nil, fmt.Errorf("read which months are summed up: %w", err)
		}
		states = append(states, b)
	}
	return states, db.Fault(rows.Err())
}

// stretch is a run of days, months or years, both ends included. An empty grain is the days of the lines
// themselves.
type stretch struct {
	grain    string
	from, to int
}

// rolledPlan says which stretches of a period are read from the rollups of which dimension.
type rolledPlan struct {
	dimension string
	stretches []stretch
}

// rolledOnly are the components that rollups hold.
var rolledOnly = []string{"amount", "quantity", "lines"}

// rollable returns the dimension whose rollups answer a plan about orders; false for none. They are over all
// stores: an owner's few are read from the lines, through an index.
func (p *plan) rollable() (dimension rolledDimension, ok bool) {
	if p.kind.Name != "orders" || p.scope.owner != "" || p.scope.store != "" {
		return dimension, false
	}
	for _, c := range p.components {
		if !slices.Contains(rolledOnly, c.name) {
			return dimension, false
		}
	}
	name := ""
	for _, d := range p.dimensions {
		switch {
		case d.Type == TypeTime:
		case name != "":
			return dimension, false // two at once
		default:
			name = d.Name
		}
	}
	for _, c := range p.where {
		if c.Name != name {
			return dimension, false
		}
	}
	all := rolledDimensions()
	i := slices.IndexFunc(all, func(d rolledDimension) bool { return d.name == name })
	if i < 0 {
		return dimension, false
	}
	return all[i], true
}

// roll returns the plan that reads whatever is summed up from the rollups, and whether that is anything.
func (p *plan) roll(states []bucketState) (*plan, bool) {
	dimension, ok := p.rollable()
	if !ok {
		return p, false
	}
	clean := map[stretch]bool{}
	for _, b := range states {
		clean[stretch{b.grain, b.number, b.number}] = b.clean()
	}
	var found []stretch
	first, last := p.period.From.MonthNumber(), p.period.To.MonthNumber()
	for month := first; month <= last; month++ {
		found = extend(found, p.month(month, dimension, clean[stretch{grainMonth, month, month}]))
	}
	if p.time < 0 {
		found = years(found, func(year int) bool { return clean[stretch{grainYear, year, year}] })
	}
	if !slices.ContainsFunc(found, func(s stretch) bool { return s.grain != "" }) {
		return p, false
	}
	rolled := *p
	rolled.rolled = &rolledPlan{dimension.name, found}
	return &rolled, true
}

// month returns how the days of the period in a month are read.
func (p *plan) month(number int, dimension rolledDimension, clean bool) stretch {
	first, last := calendar.MonthNumbered(number).Number(), calendar.MonthNumbered(number+1).Number()-1
	from, to := max(first, p.period.From.Number()), min(last, p.period.To.Number())
	switch {
	case clean && from == first && to == last && (p.time < 0 || p.grain == Month):
		return stretch{grainMonth, number, number}
	case clean && dimension.daily:
		return stretch{grainDay, from, to}
	}
	return stretch{"", from, to}
}

// extend adds a stretch, to the one before where they meet.
func extend(all []stretch, next stretch) []stretch {
	if n := len(all); n > 0 && all[n-1].grain == next.grain && all[n-1].to+1 == next.from {
		all[n-1].to = next.to
		return all
	}
	return append(all, next)
}

// years reads whole years in place of their months.
func years(all []stretch, clean func(year int) bool) []stretch {
	var found []stretch
	for _, s := range all {
		if s.grain != grainMonth {
			found = extend(found, s)
			continue
		}
		for month := s.from; month <= s.to; {
			if year := month / 12; month%12 == 0 && month+11 <= s.to && clean(year) {
				found = extend(found, stretch{grainYear, year, year})
				month += 12
				continue
			}
			found = extend(found, stretch{grainMonth, month, month})
			month++
		}
	}
	return found
}

// areGroups reports whether each of the sums that are read is a group of the plan by itself: there is one for each
// value of the dimension and each bucket, so they are where there is one bucket in all, or where the plan tells
// buckets of that length apart. To group twenty thousand once more would take as long as all the rest.
func (r *rolledPlan) areGroups(p *plan) bool {
	length := map[Granularity]string{Day: grainDay, Month: grainMonth}[p.grain]
	for _, s := range r.stretches {
		if s.grain == "" || p.time < 0 && (len(r.stretches) > 1 || s.from != s.to) || p.time >= 0 && s.grain != length {
			return false
		}
	}
	return true
}

// table returns the rollups and the lines of the rest as one table.
func (r *rolledPlan) table() *table {
	key, label := "''", "''"
	for _, d := range rolledDimensions() {
		if d.name == r.dimension {
			key = d.key
		}
	}
	if r.dimension == "product" {
		label = "product_name"
	}
	return &table{
		source: func(t *sqlText, _ Period) {
			t.add("(")
			for i, s := range r.stretches {
				if i > 0 {
					t.add(" UNION ALL ")
				}
				if s.grain == "" {
					t.add("SELECT ", key, " AS key, ", label, " AS label, day, month, 1 AS lines, quantity, amount FROM order_lines",
						" WHERE ")
					t.dialect.within(t, &table{day: "day"}, Period{calendar.DayNumbered(s.from), calendar.DayNumbered(s.to)})
					continue
				}
				t.add("SELECT key, label, bucket AS day, month, lines, quantity, amount FROM order_rollups",
					" WHERE dimension = ", t.arg(r.dimension), " AND grain = ", t.arg(s.grain),
					" AND bucket >= ", t.arg(s.from), " AND bucket <= ", t.arg(s.to))
			}
			t.add(") AS rolled")
		},
		day: "day", month: "month", store: "key", count: "lines",
		columns: map[string]string{
			"store": "key", "product": "key", "category": "key", "product_name": "label", "amount": "amount", "quantity": "quantity",
		},
	}
}
