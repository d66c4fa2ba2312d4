package dashboard

import (
	"fmt"
	"slices"
)

// Report is a question to one property of Google Analytics 4, in the words of its Data API
// (https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema). Rows come in the order of
// the dimensions, so that pages fit together.
type Report struct {
	From       string         `json:"from"` // YYYY-MM-DD, as To
	To         string         `json:"to"`
	Dimensions []string       `json:"dimensions"`
	Metrics    []string       `json:"metrics"`
	Filters    []ReportFilter `json:"filters,omitempty"`
}

// ReportFilter keeps what a dimension is, or is not, of some values, or has in it.
type ReportFilter struct {
	Dimension string   `json:"dimension"`
	Operator  Operator `json:"operator"`
	Values    []string `json:"values"`
}

// ga4Names are the names of the catalogue's columns.
func ga4Names() map[string]string {
	return map[string]string{
		"channel": "sessionDefaultChannelGroup", "sessions": "sessions", "page_views": "screenPageViews", "conversions": "keyEvents",
	}
}

// ga4Query is the query layer of Google Analytics 4. A property belongs to a store: which of them are asked
// is said by the scope and the conditions on stores, for the data layer.
type ga4Query struct{}

// build implements [queryLayer].
func (ga4Query) build(p *plan) (request, error) {
	r := &Report{From: p.period.From.String(), To: p.period.To.String()}
	names := ga4Names()
	for _, d := range p.dimensions {
		switch {
		case d.Type == TypeTime:
			r.Dimensions = append(r.Dimensions, map[Granularity]string{Day: "date", Week: "isoYearIsoWeek", Month: "yearMonth"}[p.grain])
		case d.Type == TypeStore:
		case names[d.column] == "":
			return request{}, fmt.Errorf("analytics has no %s", d.Name)
		default:
			r.Dimensions = append(r.Dimensions, names[d.column])
		}
	}
	for _, c := range p.components {
		if names[c.column] == "" || c.fold != sumOf {
			return request{}, fmt.Errorf("analytics has no %s", c.name)
		}
		r.Metrics = append(r.Metrics, names[c.column])
	}
	for _, c := range p.where {
		if c.Type == TypeStore {
			continue
		}
		r.Filters = append(r.Filters, ReportFilter{names[c.column], c.operator, slices.Clone(c.values)})
	}
	return request{report: r, plan: p}, nil
}
