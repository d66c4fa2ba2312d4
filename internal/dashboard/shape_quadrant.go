package dashboard

import "math/big"

// quadrants puts items into four groups by whether the first measure (x) and the second (y) reach their cuts.
// An item without a value on an axis is in none.
type quadrants struct{}

// shape implements [dashboardLayer].
func (quadrants) shape(p *plan, f facts) (*Analysis, error) {
	items := join(p, f)
	x, y := p.measures[0], p.measures[1]
	cx, cy := p.cutOf(0, items), p.cutOf(1, items)
	reachesX, reachesY := x.reaches(cx), y.reaches(cy)
	a := begin(p, f)
	a.Cuts = &Cuts{X: floatOf(cx), Y: floatOf(cy)}
	unclassified := 0
	place := func(it *item) *Quadrant {
		highX, okX := reachesX(it.nums)
		highY, okY := reachesY(it.nums)
		if !okX || !okY {
			return nil
		}
		quadrant := quadrantOf(highX, highY)
		return &quadrant
	}
	for i := range items {
		if place(&items[i]) == nil {
			unclassified++
		}
	}
	if unclassified > 0 {
		a.warn("dashboard.warning.unclassified", unclassified)
	}
	sortItems(items, nil, largest(x))
	p.arrange(a, items, func(row *Row, it *item) { row.Share, row.Quadrant = p.share(it, f.totals), place(it) })
	return a, nil
}

func quadrantOf(highX, highY bool) Quadrant {
	switch {
	case highX && highY:
		return QuadrantI
	case highY:
		return QuadrantII
	case highX:
		return QuadrantIV
	}
	return QuadrantIII
}

// reaches returns a function that tells whether the measure of a group is at least the cut, and whether it
// has a value at all. Sums and counts are compared as whole numbers: one is at least a cut where it is at
// least the smallest whole number of parts that is.
func (m measured) reaches(cut *big.Rat) func(nums []number) (high, ok bool) {
	if cut == nil {
		return func([]number) (bool, bool) { return false, false }
	}
	if m.per >= 0 {
		return func(nums []number) (bool, bool) {
			value := m.exact(nums)
			return value != nil && value.Cmp(cut) >= 0, value != nil
		}
	}
	least := ceiling(new(big.Rat).Mul(cut, big.NewRat(m.ofParts, 1)))
	return func(nums []number) (bool, bool) {
		n := nums[m.of]
		return n.ok && big.NewInt(n.n).Cmp(least) >= 0, n.ok
	}
}

// ceiling returns the smallest whole number that is not below x.
func ceiling(x *big.Rat) *big.Int {
	up := new(big.Int).Neg(x.Num())
	return up.Neg(up.Div(up, x.Denom())) // Div rounds down, of the negative: up
}

// cutOf returns where an axis is cut; nil where no item has a value.
func (p *plan) cutOf(axis int, items []item) *big.Rat {
	m := p.measures[axis]
	switch p.cut {
	case CutFixed:
		return p.fixed[axis]
	case CutMedian:
		return median(m, items)
	}
	return mean(m, items)
}

// mean returns the mean of sums and counts, and the weighted mean of ratios: all that stands above divided
// by all that stands below, so that small items do not weigh as much as large ones.
func mean(m measured, items []item) *big.Rat {
	above, below, count := new(big.Int), new(big.Int), int64(0)
	for _, it := range items {
		if !it.nums[m.of].ok || !m.below(it.nums).ok {
			continue
		}
		above.Add(above, big.NewInt(it.nums[m.of].n))
		below.Add(below, big.NewInt(m.below(it.nums).n))
		count++
	}
	if count == 0 || below.Sign() == 0 {
		return nil
	}
	if m.per < 0 {
		return new(big.Rat).SetFrac(above, new(big.Int).Mul(big.NewInt(count), big.NewInt(m.ofParts)))
	}
	above.Mul(above, big.NewInt(m.perParts))
	below.Mul(below, big.NewInt(m.ofParts))
	return new(big.Rat).SetFrac(above, below)
}

// median returns the value in the middle, and the mean of the two that are there of an even number.
func median(m measured, items []item) *big.Rat {
	var values []item
	for _, it := range items {
		if it.nums[m.of].ok && m.below(it.nums).ok {
			values = append(values, it)
		}
	}
	if len(values) == 0 {
		return nil
	}
	sortItems(values, nil, func(a, b *item) int { return m.compare(a.nums, b.nums) })
	low, high := m.exact(values[(len(values)-1)/2].nums), m.exact(values[len(values)/2].nums)
	low.Add(low, high)
	return low.Mul(low, big.NewRat(1, 2))
}
