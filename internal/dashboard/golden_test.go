package dashboard

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

var update = flag.Bool("update", false, "write the golden files")

// TestRequestsAreThoseOfTheGoldenFiles holds what each query layer makes of a set of questions: no value of
// a question stands in the text of a statement.
func TestRequestsAreThoseOfTheGoldenFiles(t *testing.T) {
	t.Parallel()
	layers := map[string]queryLayer{
		"sqlite":   sqlQuery{sqlite{}, map[string]*table{"orders": orderLines(), "coupons": couponUses(), "ads": adSpends(), "visits": visitDays()}},
		"postgres": sqlQuery{postgres{}, map[string]*table{"orders": orderLines(), "coupons": couponUses(), "ads": adSpends(), "visits": visitDays()}},
		"trino":    sqlQuery{trino{}, map[string]*table{"orders": warehouseOrders(), "ads": warehouseAds()}},
		"ga4":      ga4Query{},
	}
	served := map[string][]string{"trino": {"orders", "ads"}, "ga4": {"visits"}}
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := ""
			for _, file := range questions(t) {
				q := question(t, file)
				if kinds := served[name]; kinds != nil && !contains(kinds, q.Data) {
					continue
				}
				p, err := check(kinds(), q, scope{owner: "usr_1", external: []string{"s-1", "s-2"}})
				require.NoError(t, err, file)
				text += "-- " + filepath.Base(file) + "\n" + written(t, layer, p) + "\n"
			}
			golden(t, filepath.Join("testdata", "requests", name+".golden"), text)
		})
	}
}

// TestSumsAreReadWhereTheyAre holds how a long period is put together.
func TestSumsAreReadWhereTheyAre(t *testing.T) {
	t.Parallel()
	day := func(text string) calendar.Date {
		d, err := calendar.ParseDate(text)
		require.NoError(t, err)
		return d
	}
	var states []bucketState
	for month := day("2023-01-01").MonthNumber(); month < day("2026-01-01").MonthNumber(); month++ {
		states = append(states, bucketState{grainMonth, month, 1, 1})
	}
	states = append(states, bucketState{grainYear, 2024, 3, 3}, bucketState{grainYear, 2025, 3, 2})
	states[3].version++ // April 2023
	q := Question{
		Data: "orders", Measures: []string{"revenue", "lines"}, Dimensions: []string{"product"}, Method: ABC,
		Period: Period{day("2023-03-01"), day("2026-02-10")},
	}
	layer := sqlQuery{sqlite{}, map[string]*table{"orders": orderLines()}}
	text := ""
	for _, change := range []func(){
		func() {},
		func() { q.Dimensions, q.Method = []string{"category"}, Breakdown },
		func() { q.Method = Series; month := Month; q.Granularity = &month },
		func() { q.Granularity, q.Dimensions = nil, nil },
	} {
		change()
		p, err := check(kinds(), q, scope{})
		require.NoError(t, err)
		p, ok := p.roll(states)
		require.True(t, ok)
		text += written(t, layer, p) + "\n"
	}
	golden(t, filepath.Join("testdata", "requests", "rolled.golden"), text)
}

func written(t *testing.T, layer queryLayer, p *plan) string {
	t.Helper()
	r, err := layer.build(p)
	require.NoError(t, err)
	if r.report != nil {
		text, err := json.MarshalIndent(r.report, "", "  ")
		require.NoError(t, err)
		return string(text) + "\n"
	}
	args, err := json.Marshal(r.args)
	require.NoError(t, err)
	return r.sql + "\n" + string(args) + "\n"
}

func questions(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/questions/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func question(t *testing.T, file string) (q Question) {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // a file of the test
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &q), file)
	return q
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// golden compares text with a file, or writes it with -update.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // a file of the test
	require.NoError(t, err)
	require.Equal(t, string(want), text, "run go test ./internal/dashboard -update and look at the difference")
}
