package load

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/dataimport"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// marketFiles are the public data about a grocer's year, in the order in which rows build upon each other.
func marketFiles() []publicFile {
	return []publicFile{
		{"stores", "cj_stores.csv.gz", 293},
		{"customers", "cj_customers.csv.gz", 2_379},
		{"coupons", "cj_coupons.csv.gz", 1_197},
		{"claims", "cj_claims.csv.gz", 2_075},
		{"orders", "cj_orders.csv.gz", 75_000},
		{"ads", "ads.csv.gz", 1_040},
	}
}

// What is answered about a grocer's year is what the file says, reckoned here from its text alone.
func TestMarket(t *testing.T) {
	if !*figures {
		t.Skip("only with -figures")
	}
	imports := &Table{Title: "Import of a grocer's year", Head: []string{"on", "file", "rows", "first s", "again s"}}
	answers := &Table{Title: "A grocer's year", Head: []string{"on", "question", "answer", "ms"}}
	for _, name := range []string{"SQLite", "PostgreSQL"} {
		t.Run(name, func(t *testing.T) {
			d, _ := openFor(t, name)
			for _, f := range marketFiles() {
				first, again := importMarket(t, d, f)
				imports.Add(name, f.name, strconv.Itoa(f.rows), fmt.Sprintf("%.1f", first.Seconds()), fmt.Sprintf("%.1f", again.Seconds()))
			}
			s, ctx := analyst(t, d, nil)
			for _, q := range marketYearQuestions() {
				begun := time.Now()
				a, err := s.Analyse(ctx, q.question)
				require.NoError(t, err)
				answers.Add(name, q.name, q.says(a), Milliseconds(time.Since(begun)))
			}
			requireClasses(t, ctx, s, 0.7, 0.9)
			requireClasses(t, ctx, s, 0.8, 0.95)
		})
	}
	printTable(t, imports)
	printTable(t, answers)
}

// importMarket imports a file twice; the second time changes nothing.
func importMarket(t *testing.T, d *db.DB, f publicFile) (first, again time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), f.name)
	require.NoError(t, os.Symlink(shared(t, f.name), path))
	report, err := dataimport.Run(t.Context(), d, f.kind, path, dataimport.Options{})
	require.NoError(t, err)
	require.Equal(t, f.rows, report.Created, f.name)
	once, err := dataimport.Run(t.Context(), d, f.kind, path, dataimport.Options{})
	require.NoError(t, err)
	require.Equal(t, f.rows, once.Unchanged, f.name)
	return report.Duration, once.Duration
}

// told is a question about the grocer's year, and what to note of its answer.
type told struct {
	name     string
	question dashboard.Question
	says     func(a *dashboard.Analysis) string
}

// grocersYear is the year of the file in Seoul: its last evening is the next morning there.
func grocersYear() dashboard.Period {
	first := calendar.MonthNumbered(2017 * 12)
	return dashboard.Period{From: first, To: first.Add(365)}
}

func grocersABC(a, b float64) dashboard.Question {
	return dashboard.Question{
		Data: "orders", Measures: []string{"revenue"}, Dimensions: []string{"product"}, Period: grocersYear(),
		Method: dashboard.ABC, ABC: &dashboard.ABCOptions{A: &a, B: &b},
	}
}

func marketYearQuestions() []told {
	month, week, median, ten := dashboard.Month, dashboard.Week, dashboard.CutMedian, 10
	series := func(grain *dashboard.Granularity) dashboard.Question {
		return dashboard.Question{Data: "orders", Measures: []string{"revenue"}, Period: grocersYear(), Method: dashboard.Series, Granularity: grain}
	}
	stores := dashboard.Question{Data: "orders", Measures: []string{"revenue", "quantity"}, Dimensions: []string{"store"}, Period: grocersYear()}
	quadrants, top := stores, stores
	quadrants.Method, quadrants.Quadrant = dashboard.Quadrants, &dashboard.CutOptions{Cut: &median}
	top.Method, top.Limit = dashboard.Breakdown, &ten
	return []told{
		{"ABC of products by revenue, 70/90", grocersABC(0.7, 0.9), classes},
		{"ABC of products by revenue, 80/95", grocersABC(0.8, 0.95), classes},
		{"quadrants of stores by revenue and quantity, median", quadrants, quadrantCounts},
		{"revenue by month", series(&month), shown},
		{"revenue by ISO week", series(&week), func(a *dashboard.Analysis) string {
			return fmt.Sprintf("%d weeks, %s to %s, %.2f in all", len(a.Rows), a.Rows[0].Keys[0], a.Rows[len(a.Rows)-1].Keys[0], *a.Totals[0])
		}},
		{"top ten stores by revenue", top, shown},
	}
}

func classes(a *dashboard.Analysis) (text string) {
	for _, c := range a.Classes {
		text += fmt.Sprintf("%s: %d products (%.1f %%), %.2f (%.2f %%); ", c.Class, c.Items, 100**c.ItemShare, c.Value, 100**c.ValueShare)
	}
	return text
}

func quadrantCounts(a *dashboard.Analysis) string {
	counts := map[dashboard.Quadrant]int{}
	for _, row := range a.Rows {
		counts[*row.Quadrant]++
	}
	return fmt.Sprintf("cut at %.2f and %v: I %d, II %d, III %d, IV %d", *a.Cuts.X, *a.Cuts.Y,
		counts[dashboard.QuadrantI], counts[dashboard.QuadrantII], counts[dashboard.QuadrantIII], counts[dashboard.QuadrantIV])
}

func shown(a *dashboard.Analysis) (text string) {
	for _, row := range a.Rows {
		text += fmt.Sprintf("%s %.2f; ", row.Labels[0], *row.Values[0])
	}
	return text
}

// requireClasses classifies the products of the file by its text, in fractions, and compares.
func requireClasses(t *testing.T, ctx context.Context, s *dashboard.Service, a, b float64) {
	t.Helper()
	sums := map[string]*big.Rat{}
	total := new(big.Rat)
	for _, record := range records(t, shared(t, "cj_orders.csv.gz")) {
		amount, ok := new(big.Rat).SetString(record[9])
		require.True(t, ok)
		if sums[record[5]] == nil {
			sums[record[5]] = new(big.Rat)
		}
		sums[record[5]].Add(sums[record[5]], amount)
		total.Add(total, amount)
	}
	var values []*big.Rat
	for _, sum := range sums {
		values = append(values, sum)
	}
	slices.SortFunc(values, func(x, y *big.Rat) int { return y.Cmp(x) })
	ends := []*big.Rat{new(big.Rat), new(big.Rat)}
	ends[0].SetString(strconv.FormatFloat(a, 'g', -1, 64))
	ends[1].SetString(strconv.FormatFloat(b, 'g', -1, 64))
	counts := map[dashboard.Class]int{}
	cumulative := new(big.Rat)
	for i, v := range values {
		cumulative.Add(cumulative, v)
		share := new(big.Rat).Quo(cumulative, total)
		switch {
		case v.Sign() == 0:
			counts[dashboard.ClassC]++
		case i == 0 || share.Cmp(ends[0]) <= 0:
			counts[dashboard.ClassA]++
		case share.Cmp(ends[1]) <= 0:
			counts[dashboard.ClassB]++
		default:
			counts[dashboard.ClassC]++
		}
	}
	answer, err := s.Analyse(ctx, grocersABC(a, b))
	require.NoError(t, err)
	want, _ := total.Float64()
	require.InDelta(t, want, *answer.Totals[0], 0)
	for _, c := range answer.Classes {
		require.Equal(t, counts[c.Class], c.Items, "class %s at %v and %v", c.Class, a, b)
	}
}
