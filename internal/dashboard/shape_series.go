package dashboard

import "slices"

// series shows measures over time, a row for each bucket: also for those in which nothing happened.
type series struct{}

// shape implements [dashboardLayer].
func (series) shape(p *plan, f facts) (*Analysis, error) {
	filled, err := fill(p, f)
	if err != nil {
		return nil, err
	}
	f.groups = filled
	items := join(p, f)
	p.sort(items, byKeys)
	if p.limit > 0 {
		items = items[:min(p.limit, len(items))]
	}
	a := begin(p, f)
	for i := range items {
		row := p.toRow(&items[i])
		row.Share = p.share(&items[i], f.totals)
		a.Rows = append(a.Rows, row)
	}
	return a, nil
}

// fill adds the buckets that are missing, for each of the other keys.
func fill(p *plan, f facts) ([]group, error) {
	others := map[string]group{}
	there := map[string]bool{}
	for i, g := range slices.Concat(f.groups, f.previous) {
		if i < len(f.groups) {
			there[g.identity()] = true
		}
		line := group{keys: g.keys, labels: g.labels}
		others[line.identity()] = line
	}
	if len(p.dimensions) == 1 {
		line := group{keys: []string{""}, labels: []string{""}}
		others[line.identity()] = line
	}
	first, last := p.buckets()
	if n := len(others) * (last - first + 1); n > p.most {
		return nil, ErrTooManyRows.With(n, p.most).At("dimensions")
	}
	filled := slices.Clone(f.groups)
	for _, line := range others {
		for bucket := first; bucket <= last; bucket++ {
			g := group{bucket: bucket, keys: slices.Clone(line.keys), labels: line.labels, nums: p.nothing()}
			if !there[g.identity()] {
				filled = append(filled, g)
			}
		}
	}
	return filled, nil
}
