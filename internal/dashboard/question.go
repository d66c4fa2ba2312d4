package dashboard

import (
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Question is what an analysis answers: which measures of which data, by which dimensions, in which period,
// and what is made of the groups. Its JSON has the names of the schema, in which it is also kept.
type Question struct {
	Data        string       `json:"data"`
	Measures    []string     `json:"measures"`
	Dimensions  []string     `json:"dimensions,omitempty"`
	Granularity *Granularity `json:"granularity,omitempty"`
	Period      Period       `json:"period"`
	CompareTo   *Comparison  `json:"compareTo,omitempty"`
	Filters     []*Filter    `json:"filters,omitempty"`
	Method      Method       `json:"method"`
	Quadrant    *CutOptions  `json:"quadrant,omitempty"`
	ABC         *ABCOptions  `json:"abc,omitempty"`
	OrderBy     *Order       `json:"orderBy,omitempty"`
	Limit       *int         `json:"limit,omitempty"`
}

// Period is the days from From to To, both included.
type Period struct {
	From calendar.Date `json:"from"`
	To   calendar.Date `json:"to"`
}

// Days returns how many days the period has.
func (p Period) Days() int { return p.From.DaysUntil(p.To) + 1 }

// Filter keeps the rows of the data whose dimension, or the groups whose measure, is as the values say.
type Filter struct {
	Field    string   `json:"field"`
	Operator Operator `json:"operator"`
	Values   []string `json:"values"`
}

// CutOptions say where a quadrant analysis cuts each axis. A nil Cut is [CutMean].
type CutOptions struct {
	Cut  *Cut     `json:"cut,omitempty"`
	XCut *float64 `json:"xCut,omitempty"`
	YCut *float64 `json:"yCut,omitempty"`
}

// ABCOptions are the cumulative shares at which class A and class B end; 0.7 and 0.9 where nil.
type ABCOptions struct {
	A *float64 `json:"a,omitempty"`
	B *float64 `json:"b,omitempty"`
}

// Order is by which dimension or measure the rows are ordered.
type Order struct {
	Field     string         `json:"field"`
	Direction page.Direction `json:"direction"`
}

// Granularity is the length of the buckets of time.
type Granularity string

// The granularities. Weeks begin on Monday (ISO 8601).
const (
	Day   Granularity = "DAY"
	Week  Granularity = "WEEK"
	Month Granularity = "MONTH"
)

// Comparison is what a period is compared to.
type Comparison string

// The comparisons, see [plan.shifted].
const (
	PreviousPeriod Comparison = "PREVIOUS_PERIOD"
	PreviousYear   Comparison = "PREVIOUS_YEAR"
)

// Operator is how a filter compares.
type Operator string

// The operators.
const (
	Equal          Operator = "EQ"
	NotEqual       Operator = "NE"
	In             Operator = "IN"
	NotIn          Operator = "NOT_IN"
	Greater        Operator = "GT"
	GreaterOrEqual Operator = "GTE"
	Less           Operator = "LT"
	LessOrEqual    Operator = "LTE"
	Contains       Operator = "CONTAINS"
)

// Method is what is made of the groups.
type Method string

// The methods.
const (
	Series    Method = "SERIES"
	Breakdown Method = "BREAKDOWN"
	Quadrants Method = "QUADRANT"
	ABC       Method = "ABC"
)

// Cut is how a quadrant analysis finds the middle of an axis.
type Cut string

// The cuts.
const (
	CutMean   Cut = "MEAN"
	CutMedian Cut = "MEDIAN"
	CutFixed  Cut = "FIXED"
)
