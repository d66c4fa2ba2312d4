package dashboard

import "slices"

// breakdown shows measures by the dimensions, the largest first, and what is beyond the limit as one row.
type breakdown struct{}

// othersKey stands in every key of the row that sums up the rest.
const othersKey = "others"

// shape implements [dashboardLayer].
func (breakdown) shape(p *plan, f facts) (*Analysis, error) {
	if len(p.dimensions) == 0 && len(f.groups) == 0 {
		f.groups = []group{{nums: p.nothing()}}
	}
	items := join(p, f)
	standard := largest(p.measures[0])
	if p.time >= 0 {
		byMeasure := standard
		standard = func(a, b *item) int {
			if a.bucket != b.bucket {
				return a.bucket - b.bucket
			}
			return byMeasure(a, b)
		}
	}
	p.sort(items, standard)
	if p.limit == 0 && len(items) > p.most {
		return nil, ErrTooManyRows.With(len(items), p.most).At("limit")
	}
	a := begin(p, f)
	shown := items
	if p.limit > 0 && len(items) > p.limit {
		shown = slices.Concat(items[:p.limit], []item{p.others(items[p.limit:])})
	}
	for i := range shown {
		row := shown[i].row
		if row == nil {
			row = p.toRow(&shown[i])
		}
		row.Share = p.share(&shown[i], f.totals)
		a.Rows = append(a.Rows, row)
	}
	return a, nil
}

// others sums up items as one. What does not add up has no value there.
func (p *plan) others(items []item) item {
	groups, earlier := make([]group, len(items)), make([]group, len(items))
	for i, it := range items {
		groups[i], earlier[i] = it.group, group{nums: it.before}
	}
	rest := item{group: group{nums: total(p, groups)}}
	if p.compare != nil {
		rest.before = total(p, earlier)
	}
	rest.row = &Row{IsOthers: true, Values: p.values(rest.nums)}
	if rest.before != nil {
		rest.row.Previous = p.values(rest.before)
	}
	for range p.dimensions {
		rest.row.Keys = append(rest.row.Keys, othersKey)
		rest.row.Labels = append(rest.row.Labels, othersKey)
	}
	return rest
}
