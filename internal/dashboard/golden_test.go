package dashboard

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/schema"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/test/testkit"
)

var update = flag.Bool("update", false, "write the golden files")

// TestRequestsAreThoseOfTheGoldenFiles holds what each query layer makes of a set of questions: no value of
// a question stands in the text of a statement.
func TestRequestsAreThoseOfTheGoldenFiles(t *testing.T) {
	t.Parallel()
	layers := map[string]queryLayer{
		"sqlite":   sqlQuery{sqlite{}, ownTables()},
		"postgres": sqlQuery{postgres{}, ownTables()},
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
				whose := scope{owner: "usr_1", external: []string{"s-1", "s-2"}}
				if kindOf(kinds(), q.Data).operators {
					whose = scope{}
				}
				p, err := check(kinds(), q, whose)
				require.NoError(t, err, file)
				text += "-- " + filepath.Base(file) + "\n" + written(t, layer, p) + "\n"
			}
			golden(t, filepath.Join("testdata", "requests", name+".golden"), text)
		})
	}
}

// TestNoStatementNamesWhatIsSealed asks for everything that can be counted of counselling.
func TestNoStatementNamesWhatIsSealed(t *testing.T) {
	t.Parallel()
	sealed := map[string]bool{}
	for _, fields := range [][]ent.Field{
		schema.CounselSession{}.Fields(), schema.CounselMessage{}.Fields(), schema.CounselShare{}.Fields(), schema.CounselWeekSummary{}.Fields(),
	} {
		for _, f := range fields {
			if d := f.Descriptor(); d.Sensitive {
				sealed[d.Name] = true
			}
		}
	}
	require.Subset(t, slices.Collect(maps.Keys(sealed)), []string{"title", "body", "token"})
	kind, asked := counselling(), 0
	for _, d := range []dialect{sqlite{}, postgres{}} {
		for _, dimension := range kind.Dimensions {
			for measures := range slices.Chunk(kind.Measures, maxMeasures) {
				q := Question{Data: kind.Name, Dimensions: []string{dimension.Name}, Method: Breakdown, Period: Period{calendar.DayNumbered(20_000), calendar.DayNumbered(20_001)}}
				for _, m := range measures {
					q.Measures = append(q.Measures, m.Name)
				}
				p, err := check(kinds(), q, scope{})
				require.NoError(t, err)
				r, err := sqlQuery{d, ownTables()}.build(p)
				require.NoError(t, err)
				for _, word := range regexp.MustCompile(`\w+`).FindAllString(r.sql, -1) {
					require.False(t, sealed[strings.ToLower(word)], "%s in %s", word, r.sql)
				}
				require.NotRegexp(t, `SELECT \*|\.\*`, r.sql, "nor all columns")
				asked++
			}
		}
	}
	require.Positive(t, asked)
}

// TestSQLiteReadsLongPeriodsFromEndToEnd holds that no index leads it from row to row, which takes ten times as long
// and more; an owner's few rows are found through one.
func TestSQLiteReadsLongPeriodsFromEndToEnd(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	plan := func(dimension string, s scope) (steps string) {
		q := Question{
			Data: "orders", Measures: []string{"revenue", "quantity"}, Dimensions: []string{dimension}, Method: Breakdown,
			Period: Period{calendar.DayNumbered(20_000), calendar.DayNumbered(20_000 + scanDays)},
		}
		p, err := check(kinds(), q, s)
		require.NoError(t, err)
		r, err := sqlQuery{sqlite{}, ownTables()}.build(p)
		require.NoError(t, err)
		rows, err := d.Read().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+r.sql, r.args...)
		require.NoError(t, err)
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var id, parent, unused int
			var step string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
			steps += step + "\n"
		}
		require.NoError(t, rows.Err())
		return steps
	}
	for _, dimension := range []string{"store", "product", "category", "customer", "day", "week", "month"} {
		require.Contains(t, plan(dimension, scope{}), "SCAN order_lines\n", dimension)
	}
	require.Contains(t, plan("store", scope{owner: "usr_1"}), "orderline_store_id_day")
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
		func() {
			q.Method, q.Dimensions, q.Period = ABC, []string{"product"}, Period{day("2024-01-01"), day("2024-12-31")}
		},
		func() { q.Method, q.Dimensions = Series, []string{"month", "category"} },
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
