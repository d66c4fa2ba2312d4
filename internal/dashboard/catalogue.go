package dashboard

import "slices"

// Kind is a kind of data that can be asked about. Everything that the layers know of it is declared here
// and in the tables of its sources, once.
type Kind struct {
	Name       string
	Measures   []*Measure
	Dimensions []*Dimension

	components []component
	// operators says that it is an ADMIN's alone: for anybody else there is no such kind.
	operators bool
	// tags are what changes of Moa's own end the kept answers, and wake the live ones.
	tags []string
}

// shownTo reports whether there is such a kind for those who see the data of a scope.
func (k *Kind) shownTo(s scope) bool { return !k.operators || s.owner == "" && s.store == "" }

// Measure is a number that can be asked for.
type Measure struct {
	Name        string
	Aggregation Aggregation
	Unit        Unit

	// of and per are components: the measure is of, or of ÷ per where that is given.
	of, per string
}

// Aggregation is how a measure sums up rows. Ratios and averages of groups are the sum of what stands above
// divided by the sum of what stands below, never the mean of ratios.
type Aggregation string

// The aggregations.
const (
	Sum           Aggregation = "SUM"
	Count         Aggregation = "COUNT"
	CountDistinct Aggregation = "COUNT_DISTINCT"
	Average       Aggregation = "AVERAGE"
	Ratio         Aggregation = "RATIO"
)

// Unit is what a measure counts.
type Unit string

// The units.
const (
	UnitCount    Unit = "COUNT"
	UnitCurrency Unit = "CURRENCY"
	UnitRatio    Unit = "RATIO"
)

// Dimension is what rows can be grouped and filtered by.
type Dimension struct {
	Name string
	Type DimensionType

	// column is the column of the tables; empty for time.
	column string
	// label is a column with a name for the key; empty where there is none.
	label string
	// names is whose names the keys are ids of.
	names reference
	// grain is of time: the length of its buckets, empty for that of the question.
	grain Granularity
}

// DimensionType says what the keys of a dimension are.
type DimensionType string

// The types of dimensions.
const (
	TypeText  DimensionType = "TEXT"
	TypeStore DimensionType = "STORE"
	TypeUser  DimensionType = "USER"
	TypeTime  DimensionType = "TIME"
)

// reference is a table of names.
type reference string

const (
	noNames    reference = ""
	storeNames reference = "stores"
	userNames  reference = "users"
)

// component is an aggregate that a source computes for each group.
type component struct {
	name string
	fold fold
	// column is what is summed or told apart; empty for counting rows.
	column string
	// parts is how many parts make one: sums are whole numbers of parts.
	parts int64
}

// fold is what an aggregate does with a column.
type fold string

const (
	sumOf      fold = "sum"
	rowsOf     fold = "count"
	distinctOf fold = "distinct"
)

// adds reports whether the component of a union is the sum of the components of its parts.
func (c component) adds() bool { return c.fold != distinctOf }

// amountParts is how many parts of a unit of currency are told apart.
const amountParts = 10_000

// Kinds returns every kind of data, in the order in which they are shown.
func kinds() []*Kind {
	return []*Kind{orders(), coupons(), ads(), visits(), counselling()}
}

func kindOf(all []*Kind, name string) *Kind {
	return find(all, func(k *Kind) bool { return k.Name == name })
}

func (k *Kind) measure(name string) *Measure {
	return find(k.Measures, func(m *Measure) bool { return m.Name == name })
}

func (k *Kind) dimension(name string) *Dimension {
	return find(k.Dimensions, func(d *Dimension) bool { return d.Name == name })
}

// find returns the one that is looked for, or nil.
func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// times are the dimensions of time that every kind has.
func times() []*Dimension {
	return []*Dimension{
		{Name: "date", Type: TypeTime},
		{Name: "day", Type: TypeTime, grain: Day},
		{Name: "week", Type: TypeTime, grain: Week},
		{Name: "month", Type: TypeTime, grain: Month},
	}
}

func storeDimension() *Dimension {
	return &Dimension{Name: "store", Type: TypeStore, column: "store", names: storeNames}
}

func text(name string) *Dimension { return &Dimension{Name: name, Type: TypeText, column: name} }
