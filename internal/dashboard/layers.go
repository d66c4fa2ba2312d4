package dashboard

import (
	"context"
	"slices"
)

// queryLayer builds the request for a source from a plan.
type queryLayer interface {
	build(p *plan) (request, error)
}

// dataLayer sends a request to its source and hands over the groups, as they come. It ends with ctx, or
// with an error of each.
type dataLayer interface {
	read(ctx context.Context, r request, each func(group) error) error
}

// dashboardLayer makes an answer of the groups. A new method is a new one of these, and nothing else.
type dashboardLayer interface {
	shape(p *plan, f facts) (*Analysis, error)
}

// source is where the data of a kind are: a query layer and the data layer that it writes for.
type source struct {
	name  Source
	query queryLayer
	data  dataLayer
	// states tells which sums are kept already; nil for a source that keeps none.
	states func(ctx context.Context) ([]bucketState, error)
	// outside puts a plan into the words of a source outside; nil for Moa's own.
	outside func(ctx context.Context, p *plan) (*plan, error)
}

// group is what a source says of the rows with the same keys.
type group struct {
	// bucket is the number of the bucket of time, see [plan.bucket]; its place in keys is empty.
	bucket int
	keys   []string
	labels []string
	nums   []number
}

// facts are what the sources say of a plan.
type facts struct {
	groups []group
	// totals are the components over all groups; not ok where they cannot be told.
	totals []number
	// previous are the groups and totals of the compared period, if any.
	previous       []group
	previousTotals []number
	warnings       []Warning
}

// MaxGroups is how many groups a source may have: what is classified or cut must be seen as a whole.
const MaxGroups = 100_000

// gather sends a plan through the query layer and the data layer of the source.
func (s source) gather(ctx context.Context, p *plan) (facts, error) {
	asked := *p
	asked.remarks = &remarks{}
	f, err := s.facts(ctx, &asked)
	f.warnings = asked.remarks.warnings()
	return f, err
}

func (s source) facts(ctx context.Context, p *plan) (facts, error) {
	var f facts
	var err error
	if f.groups, f.totals, err = s.groups(ctx, p); err != nil || p.compare == nil {
		return f, err
	}
	before := p.shifted()
	f.previous, f.previousTotals, err = s.groups(ctx, before)
	if p.time < 0 {
		return f, err
	}
	offset := p.bucket(p.period.From) - p.bucket(before.period.From)
	for i := range f.previous {
		f.previous[i].bucket += offset // beside the bucket that it is compared to
	}
	return f, err
}

func (s source) groups(ctx context.Context, p *plan) (groups []group, totals []number, err error) {
	groups, err = s.read(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	totals = total(p, groups)
	if p.adds() || len(p.dimensions) == 0 || len(p.having) > 0 {
		return groups, totals, nil
	}
	// Different customers of two groups may be the same: the source must count them once more.
	all, err := s.read(ctx, p.whole())
	if err != nil || len(all) == 0 {
		return groups, totals, err
	}
	return groups, all[0].nums, nil
}

// read asks for the groups of a plan. Where sums are read, and lines of theirs change meanwhile, it asks once
// more, for the lines themselves.
func (s source) read(ctx context.Context, p *plan) ([]group, error) {
	if s.outside != nil {
		var err error
		if p, err = s.outside(ctx, p); err != nil {
			return nil, err
		}
	}
	if s.states == nil {
		return s.readPlan(ctx, p)
	}
	before, err := s.states(ctx)
	if err != nil {
		return nil, err
	}
	rolled, ok := p.roll(before)
	if !ok {
		return s.readPlan(ctx, p)
	}
	groups, err := s.readPlan(ctx, rolled)
	if err != nil {
		return nil, err
	}
	after, err := s.states(ctx)
	if err != nil || slices.Equal(before, after) {
		return groups, err
	}
	return s.readPlan(ctx, p)
}

func (s source) readPlan(ctx context.Context, p *plan) ([]group, error) {
	request, err := s.query.build(p)
	if err != nil {
		return nil, err
	}
	var groups []group
	err = s.data.read(ctx, request, func(g group) error {
		if len(groups) == MaxGroups {
			return ErrTooManyRows.With(MaxGroups, MaxGroups).At("dimensions")
		}
		groups = append(groups, g)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(groups, func(g group) bool { return !p.keeps(g) }), nil
}

// keeps reports whether the measures of a group are on the side of every bound.
func (p *plan) keeps(g group) bool {
	for _, b := range p.having {
		x := b.exact(g.nums)
		if x == nil {
			return false
		}
		order := x.Cmp(b.value)
		holds := map[Operator]bool{
			Equal: order == 0, NotEqual: order != 0, Greater: order > 0,
			GreaterOrEqual: order >= 0, Less: order < 0, LessOrEqual: order <= 0,
		}[b.operator]
		if !holds {
			return false
		}
	}
	return true
}

// total adds the components of groups. What does not add up is told only where there is one group at most.
func total(p *plan, groups []group) []number {
	totals := make([]number, len(p.components))
	for i, c := range p.components {
		totals[i].ok = len(groups) == 0
		for _, g := range groups {
			totals[i] = totals[i].plus(g.nums[i])
		}
		if !c.adds() && len(groups) > 1 {
			totals[i] = number{}
		}
	}
	return totals
}
