package ga4_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
)

var update = flag.Bool("update", false, "write the golden files")

// reports are questions whose bodies are in testdata.
func reports() map[string]ga4.Report {
	half := 0.5
	filtered := sessions()
	filtered.DimensionFilter = &ga4.Filter{And: []ga4.Filter{
		{Field: &ga4.FieldFilter{Name: "hostName", String: &ga4.StringFilter{MatchType: "EXACT", Value: "shop.example"}}},
		{Or: []ga4.Filter{
			{Field: &ga4.FieldFilter{Name: "country", InList: &ga4.InListFilter{Values: []string{"South Korea", "Japan"}, CaseSensitive: true}}},
			{Not: &ga4.Filter{Field: &ga4.FieldFilter{Name: "pagePath", String: &ga4.StringFilter{MatchType: "BEGINS_WITH", Value: "/모아/<b>", CaseSensitive: true}}}},
		}},
	}}
	filtered.MetricFilter = &ga4.Filter{And: []ga4.Filter{
		{Field: &ga4.FieldFilter{Name: "sessions", Numeric: &ga4.NumericFilter{Operation: "GREATER_THAN", Value: ga4.Number{Int: 9007199254740993}}}},
		{Field: &ga4.FieldFilter{Name: "bounceRate", Between: &ga4.BetweenFilter{From: ga4.Number{}, To: ga4.Number{Double: &half}}}},
	}}
	return map[string]ga4.Report{
		"sessions_a_day": sessions(),
		"filtered":       filtered,
		"compared": {
			Property:      property,
			DateRanges:    []ga4.DateRange{{StartDate: "2026-11-01", EndDate: "2026-11-30", Name: "now"}, {StartDate: "2026-10-01", EndDate: "2026-10-31", Name: "before"}},
			Dimensions:    []ga4.Dimension{{Name: "sessionSource"}, {Name: "week"}},
			Metrics:       []ga4.Metric{{Name: "sessions"}, {Name: "rate", Expression: "conversions/sessions"}},
			OrderBys:      []ga4.OrderBy{{Metric: "sessions", Desc: true}, {Dimension: "week", DimensionOrder: "NUMERIC"}},
			Limit:         10,
			Offset:        20,
			CurrencyCode:  "KRW",
			KeepEmptyRows: true, ReturnPropertyQuota: true,
		},
	}
}

func TestReportsAreTheBodiesOfRunReport(t *testing.T) {
	t.Parallel()
	for name, report := range reports() {
		body, err := json.Marshal(report)
		require.NoError(t, err)
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, append(body, '\n'), "", "  "))
		file := filepath.Join("testdata", name+".json")
		if *update {
			require.NoError(t, os.WriteFile(file, pretty.Bytes(), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), pretty.String(), "run go test ./internal/client/ga4 -update")
	}
}

func TestWhatIsSentIsTheReportAndAPage(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(ga4test.Answer{}))
	for _, report := range reports() {
		report.Offset = 0
		_, _, err := all(t.Context(), client, report)
		require.NoError(t, err)
		sent := server.Requests()[len(server.Requests())-1].Body
		if report.Limit == 0 {
			report.Limit = 10_000
		}
		want, err := json.Marshal(report)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(sent))
	}
}
