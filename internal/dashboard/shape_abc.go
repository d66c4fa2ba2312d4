package dashboard

import "math/big"

// abc classifies items by the share of the first measure that they and all larger ones have together: A up
// to the first end, B up to the second, C beyond. An item whose own share crosses an end belongs to the class
// after it, but the largest is always A. What has no value is C. Negative values are no part of any sum: they
// are listed at the end, without a class.
type abc struct{}

// shape implements [dashboardLayer].
func (abc) shape(p *plan, f facts) (*Analysis, error) {
	items := join(p, f)
	m := p.measures[0]
	value := func(it *item) int64 { return it.nums[m.of].n } // nothing is worth nothing
	sortItems(items, func(it *item) int64 { return -value(it) }, byKeys)
	negative := len(items)
	for negative > 0 && value(&items[negative-1]) < 0 {
		negative--
	}
	a := begin(p, f)
	total := a.classify(p, items[:negative], value)
	if n := len(items) - negative; n > 0 {
		a.warn("dashboard.warning.negative", n)
	}
	p.arrange(a, items, func(row *Row, it *item) {
		if class := it.class; class != "" {
			row.Share, row.CumulativeShare, row.Class = quotient(value(it), total), quotient(it.cumulative, total), &class
		}
	})
	return a, nil
}

// classify gives each item its class and what it and all before it have together, sums up the classes, and
// returns the sum of all.
func (a *Analysis) classify(p *plan, items []item, value func(*item) int64) (total int64) {
	for i := range items {
		total += value(&items[i])
	}
	if total == 0 && len(items) > 0 {
		a.warn("dashboard.warning.no_value")
	}
	// A cumulative value is a whole number of parts, so it is within a share of the total where it is within
	// the largest whole number of parts below that: no share is ever rounded.
	ends := [2]int64{floor(p.classEnds[0], total), floor(p.classEnds[1], total)}
	parts := p.measures[0].ofParts
	sums := map[Class]*struct {
		items int
		value int64
	}{ClassA: {}, ClassB: {}, ClassC: {}}
	var cumulative int64
	for i := range items {
		v := value(&items[i])
		cumulative += v
		class := ClassC
		switch {
		case v == 0:
		case i == 0 || cumulative <= ends[0]:
			class = ClassA
		case cumulative <= ends[1]:
			class = ClassB
		}
		items[i].class, items[i].cumulative = class, cumulative
		sums[class].items++
		sums[class].value += v
	}
	for _, class := range []Class{ClassA, ClassB, ClassC} {
		sum := sums[class]
		a.Classes = append(a.Classes, &ClassSummary{
			Class: class, Items: sum.items, ItemShare: quotient(int64(sum.items), int64(len(items))),
			Value: *quotient(sum.value, parts), ValueShare: quotient(sum.value, total),
		})
	}
	return total
}

// floor returns the largest whole number that is not above share × total.
func floor(share *big.Rat, total int64) int64 {
	x := new(big.Int).Mul(share.Num(), big.NewInt(total))
	return x.Div(x, share.Denom()).Int64()
}

// arrange puts the rows of classified items into the answer: in the order of the question, and no more than
// its limit or what an answer may hold. Classes and cuts are of all items nevertheless. What a row tells beside
// its values is written by tell.
func (p *plan) arrange(a *Analysis, items []item, tell func(*Row, *item)) {
	if p.order != nil {
		p.sort(items, nil)
	}
	most := p.most
	if p.limit > 0 {
		most = p.limit
	}
	if p.limit == 0 && len(items) > most {
		a.warn("dashboard.warning.rows_cut", most, len(items))
	}
	for i := range items[:min(most, len(items))] {
		row := p.toRow(&items[i])
		tell(row, &items[i])
		a.Rows = append(a.Rows, row)
	}
}

func (a *Analysis) warn(key string, args ...int) {
	a.Warnings = append(a.Warnings, Warning{Key: key, Args: args})
}
