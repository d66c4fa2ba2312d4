package ga4

import (
	"encoding/json"
	"strconv"
)

// Report is a question to a property: the body of runReport
// (https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport)
// without its rarer parts. As JSON it is that body.
type Report struct {
	// Property is the number of the property, such as "123456789". It is not part of the JSON.
	Property   string
	DateRanges []DateRange
	Dimensions []Dimension
	Metrics    []Metric
	// DimensionFilter chooses what is counted, MetricFilter which rows are shown afterwards.
	DimensionFilter, MetricFilter *Filter
	OrderBys                      []OrderBy
	// Limit is how many rows are wanted, and Offset how many come before the first of them. Zero wants
	// all. A report in pages needs OrderBys that leave no two rows equal.
	Limit, Offset int64
	// CurrencyCode is that of amounts, such as "KRW". Defaults to the property's.
	CurrencyCode string
	// KeepEmptyRows keeps rows whose metrics are all zero.
	KeepEmptyRows bool
	// ReturnPropertyQuota makes [Meta] tell what is left of the property's quota.
	ReturnPropertyQuota bool
}

// DateRange is a period, both days included, as YYYY-MM-DD or in words such as "yesterday" and
// "7daysAgo", in the property's time zone. With more than one range, rows have the dimension dateRange
// as their last, whose value is Name.
type DateRange struct {
	StartDate string `json:"startDate"`
	EndDate   string `json:"endDate"`
	Name      string `json:"name,omitempty"`
}

// Dimension is what rows are told apart by, such as "date" or "sessionSource".
type Dimension struct {
	Name string `json:"name"`
}

// Metric is what is counted, such as "sessions". An Expression such as "eventCount/sessions" is counted
// under the name.
type Metric struct {
	Name       string `json:"name"`
	Expression string `json:"expression,omitempty"`
}

// Filter is one condition: exactly one of its fields is set.
type Filter struct {
	And, Or []Filter
	Not     *Filter
	Field   *FieldFilter
}

// FieldFilter is a condition on the dimension or metric Name: exactly one of the others is set.
type FieldFilter struct {
	Name    string         `json:"fieldName"`
	String  *StringFilter  `json:"stringFilter,omitempty"`
	InList  *InListFilter  `json:"inListFilter,omitempty"`
	Numeric *NumericFilter `json:"numericFilter,omitempty"`
	Between *BetweenFilter `json:"betweenFilter,omitempty"`
}

// StringFilter compares a text. MatchType is EXACT, BEGINS_WITH, ENDS_WITH, CONTAINS, FULL_REGEXP or
// PARTIAL_REGEXP.
type StringFilter struct {
	MatchType     string `json:"matchType"`
	Value         string `json:"value"`
	CaseSensitive bool   `json:"caseSensitive,omitempty"`
}

// InListFilter looks for a text among some.
type InListFilter struct {
	Values        []string `json:"values"`
	CaseSensitive bool     `json:"caseSensitive,omitempty"`
}

// NumericFilter compares a number. Operation is EQUAL, LESS_THAN, LESS_THAN_OR_EQUAL, GREATER_THAN or
// GREATER_THAN_OR_EQUAL.
type NumericFilter struct {
	Operation string `json:"operation"`
	Value     Number `json:"value"`
}

// BetweenFilter looks for a number between two, both included.
type BetweenFilter struct {
	From Number `json:"fromValue"`
	To   Number `json:"toValue"`
}

// Number is a number of a filter: a whole one unless Double is set.
type Number struct {
	Int    int64
	Double *float64
}

// OrderBy sorts by a metric or by a dimension: exactly one is set. DimensionOrder is ALPHANUMERIC,
// CASE_INSENSITIVE_ALPHANUMERIC or NUMERIC, and the first when empty.
type OrderBy struct {
	Metric, Dimension string
	DimensionOrder    string
	Desc              bool
}

// MarshalJSON returns the body of runReport. 64-bit numbers are texts, as Google's JSON has them.
func (r Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		DateRanges          []DateRange `json:"dateRanges,omitempty"`
		Dimensions          []Dimension `json:"dimensions,omitempty"`
		Metrics             []Metric    `json:"metrics,omitempty"`
		DimensionFilter     *Filter     `json:"dimensionFilter,omitempty"`
		MetricFilter        *Filter     `json:"metricFilter,omitempty"`
		Offset              int64       `json:"offset,omitempty,string"`
		Limit               int64       `json:"limit,omitempty,string"`
		OrderBys            []OrderBy   `json:"orderBys,omitempty"`
		CurrencyCode        string      `json:"currencyCode,omitempty"`
		KeepEmptyRows       bool        `json:"keepEmptyRows,omitempty"`
		ReturnPropertyQuota bool        `json:"returnPropertyQuota,omitempty"`
	}{
		r.DateRanges, r.Dimensions, r.Metrics, r.DimensionFilter, r.MetricFilter, r.Offset, r.Limit, r.OrderBys,
		r.CurrencyCode, r.KeepEmptyRows, r.ReturnPropertyQuota,
	})
}

// MarshalJSON returns a FilterExpression.
func (f Filter) MarshalJSON() ([]byte, error) {
	type group struct {
		Expressions []Filter `json:"expressions"`
	}
	var body struct {
		And   *group       `json:"andGroup,omitempty"`
		Or    *group       `json:"orGroup,omitempty"`
		Not   *Filter      `json:"notExpression,omitempty"`
		Field *FieldFilter `json:"filter,omitempty"`
	}
	if f.And != nil {
		body.And = &group{f.And}
	}
	if f.Or != nil {
		body.Or = &group{f.Or}
	}
	body.Not, body.Field = f.Not, f.Field
	return json.Marshal(body)
}

// MarshalJSON returns a NumericValue.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.Double != nil {
		return json.Marshal(map[string]float64{"doubleValue": *n.Double})
	}
	return json.Marshal(map[string]string{"int64Value": strconv.FormatInt(n.Int, 10)})
}

// MarshalJSON returns an OrderBy.
func (o OrderBy) MarshalJSON() ([]byte, error) {
	type metric struct {
		Name string `json:"metricName"`
	}
	type dimension struct {
		Name  string `json:"dimensionName"`
		Order string `json:"orderType,omitempty"`
	}
	var body struct {
		Metric    *metric    `json:"metric,omitempty"`
		Dimension *dimension `json:"dimension,omitempty"`
		Desc      bool       `json:"desc,omitempty"`
	}
	if o.Metric != "" {
		body.Metric = &metric{o.Metric}
	}
	if o.Dimension != "" {
		body.Dimension = &dimension{o.Dimension, o.DimensionOrder}
	}
	body.Desc = o.Desc
	return json.Marshal(body)
}
