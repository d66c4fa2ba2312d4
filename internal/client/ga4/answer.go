package ga4

import (
	"encoding/json"
)

// Meta is what an answer says beside its rows.
type Meta struct {
	// RowCount is how many rows the report has, whatever its limit.
	RowCount int64
	// Dimensions and Metrics name the values of a row, in order.
	Dimensions []string
	Metrics    []MetricHeader
	// CurrencyCode and TimeZone are those that the report was made in.
	CurrencyCode, TimeZone string
	// Sampled tells that the numbers are estimates from a part of the events.
	Sampled bool
	// Thresholded tells that rows were held back so that nobody can be recognised.
	Thresholded bool
	// DataLoss tells that rows were rolled up under "(other)".
	DataLoss bool
	// Quota is what is left, nil unless the report asked for it.
	Quota *Quota
}

// MetricHeader names a metric and the type of its texts, such as TYPE_INTEGER or TYPE_CURRENCY.
type MetricHeader struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Quota is what is left to a property
// (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas).
type Quota struct {
	TokensPerDay                          QuotaStatus `json:"tokensPerDay"`
	TokensPerHour                         QuotaStatus `json:"tokensPerHour"`
	TokensPerProjectPerHour               QuotaStatus `json:"tokensPerProjectPerHour"`
	ConcurrentRequests                    QuotaStatus `json:"concurrentRequests"`
	ServerErrorsPerProjectPerHour         QuotaStatus `json:"serverErrorsPerProjectPerHour"`
	PotentiallyThresholdedRequestsPerHour QuotaStatus `json:"potentiallyThresholdedRequestsPerHour"`
}

// QuotaStatus is what this question took of a quota, and what is left.
type QuotaStatus struct {
	Consumed  int64 `json:"consumed"`
	Remaining int64 `json:"remaining"`
}

// reportKind is the kind of every answer of runReport.
const reportKind = "analyticsData#runReport"

// answer is the JSON of one page.
type answer struct {
	DimensionHeaders []Dimension    `json:"dimensionHeaders"`
	MetricHeaders    []MetricHeader `json:"metricHeaders"`
	Rows             []struct {
		Dimensions []value `json:"dimensionValues"`
		Metrics    []value `json:"metricValues"`
	} `json:"rows"`
	RowCount int64 `json:"rowCount"`
	Metadata struct {
		CurrencyCode string            `json:"currencyCode"`
		DataLoss     bool              `json:"dataLossFromOtherRow"`
		Sampling     []json.RawMessage `json:"samplingMetadatas"`
		Thresholded  bool              `json:"subjectToThresholding"`
		TimeZone     string            `json:"timeZone"`
	} `json:"metadata"`
	Quota *Quota `json:"propertyQuota"`
	Kind  string `json:"kind"`
}

type value struct {
	Value string `json:"value"`
}

// meta returns what the page says beside its rows.
func (a *answer) meta() Meta {
	meta := Meta{
		RowCount: a.RowCount, Dimensions: make([]string, len(a.DimensionHeaders)), Metrics: a.MetricHeaders,
		CurrencyCode: a.Metadata.CurrencyCode, TimeZone: a.Metadata.TimeZone, Sampled: len(a.Metadata.Sampling) > 0,
		Thresholded: a.Metadata.Thresholded, DataLoss: a.Metadata.DataLoss, Quota: a.Quota,
	}
	for i, d := range a.DimensionHeaders {
		meta.Dimensions[i] = d.Name
	}
	return meta
}

// row copies the row i into dimensions and metrics, and reports whether it has as many of each.
func (a *answer) row(i int, dimensions, metrics []string) bool {
	return texts(a.Rows[i].Dimensions, dimensions) && texts(a.Rows[i].Metrics, metrics)
}

func texts(values []value, into []string) bool {
	if len(values) != len(into) {
		return false
	}
	for i, v := range values {
		into[i] = v.Value
	}
	return true
}
