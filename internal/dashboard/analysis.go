package dashboard

import (
	"reflect"
	"time"
)

// Analysis is the answer to a question. It may be shared by many readers: nobody changes it. Its JSON is what
// replicas hand to each other, see sharedAnswer.
type Analysis struct {
	// Columns are the dimensions, then the measures.
	Columns []*Column `json:"columns"`
	Rows    []*Row    `json:"rows"`
	// Totals are the measures over all groups, also those that are not among the rows.
	Totals []*float64 `json:"totals"`
	// PreviousTotals are those of the compared period; nil without a comparison.
	PreviousTotals []*float64 `json:"previousTotals"`
	// Classes are A, B and C; nil unless the method is [ABC].
	Classes []*ClassSummary `json:"classes"`
	// Cuts are where a quadrant analysis has cut; nil for other methods.
	Cuts      *Cuts     `json:"cuts"`
	Freshness Freshness `json:"freshness"`
	Warnings  []Warning `json:"warnings"`

	asked asked // how to ask the same again
	begun stamp // what the data were
}

// same reports whether another answer tells the same, however fresh it is.
func (a *Analysis) same(other *Analysis) bool {
	return reflect.DeepEqual(a.told(), other.told())
}

// told is what an answer tells, apart from its freshness.
func (a *Analysis) told() Analysis {
	told := *a
	told.Freshness, told.asked, told.begun = Freshness{}, asked{}, stamp{}
	return told
}

// Column says what stands in the keys or the values of the rows.
type Column struct {
	Name string     `json:"name"`
	Role ColumnRole `json:"role"`
	// Unit is of a measure; nil for a dimension.
	Unit *Unit `json:"unit"`
}

// ColumnRole tells keys from values.
type ColumnRole string

// The roles.
const (
	RoleDimension ColumnRole = "DIMENSION"
	RoleMeasure   ColumnRole = "MEASURE"
)

// Row is a group: what stands at its keys.
type Row struct {
	// Keys are the values of the dimensions, for programs: an id, a text, 2026-01-31, 2026-W05 or 2026-01.
	Keys []string `json:"keys"`
	// Labels are the keys for people, where they have names.
	Labels []string `json:"labels"`
	// Values are the measures; nil where the data hold none, or where a ratio has nothing below.
	Values []*float64 `json:"values"`
	// Previous are the measures of the compared period; nil without a comparison.
	Previous []*float64 `json:"previous"`
	// Share is the part of the first measure in the sum of all groups; nil where that does not add up.
	Share *float64 `json:"share"`
	// CumulativeShare is the share of this row and all before it, of [ABC] only.
	CumulativeShare *float64  `json:"cumulativeShare"`
	Class           *Class    `json:"class"`
	Quadrant        *Quadrant `json:"quadrant"`
	// IsOthers says that the row sums up the groups beyond the limit.
	IsOthers bool `json:"isOthers"`
}

// Class is a class of an ABC analysis.
type Class string

// The classes.
const (
	ClassA Class = "A"
	ClassB Class = "B"
	ClassC Class = "C"
)

// ClassSummary is what a class holds.
type ClassSummary struct {
	Class Class `json:"class"`
	Items int   `json:"items"`
	// ItemShare is the part of all classified items; nil when there are none.
	ItemShare *float64 `json:"itemShare"`
	Value     float64  `json:"value"`
	// ValueShare is the part of the value of all classified items; nil when that is nothing.
	ValueShare *float64 `json:"valueShare"`
}

// Quadrant is a group of a quadrant analysis, numbered as in mathematics.
type Quadrant string

// The quadrants: of the first measure (x) and the second (y), a value at the cut being high.
const (
	QuadrantI   Quadrant = "I"   // both high
	QuadrantII  Quadrant = "II"  // x low, y high
	QuadrantIII Quadrant = "III" // both low
	QuadrantIV  Quadrant = "IV"  // x high, y low
)

// Cuts are where the axes are cut; nil where no item has a value.
type Cuts struct {
	X *float64 `json:"x"`
	Y *float64 `json:"y"`
}

// Freshness says how new an answer is.
type Freshness struct {
	// AsOf is when the data were read.
	AsOf time.Time `json:"asOf"`
	// Source is where they were read.
	Source Source `json:"source"`
	// Cached says that the answer was kept from an earlier question.
	Cached bool `json:"cached"`
}

// Source is a store of data.
type Source string

// The sources.
const (
	SourceDatabase Source = "DATABASE"
	SourceTrino    Source = "TRINO"
	SourceGA4      Source = "GA4"
)

// Warning is something to know about an answer: a key of the catalogues of words, and what to fill in.
type Warning struct {
	Key  string `json:"key"`
	Args []int  `json:"args"`
}
