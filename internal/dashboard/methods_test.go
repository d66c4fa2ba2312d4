package dashboard_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

func ptr[T any](v T) *T { return &v }

// TestABCOfTheWorkedExample is the example of the definition: 50, 20, 15, 10, 5.
func TestABCOfTheWorkedExample(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		for product, amount := range map[string]float64{"p1": 50, "p2": 20, "p3": 15, "p4": 10, "p5": 5} {
			b.sell(line{day: "2026-03-01", product: product, amount: amount, quantity: 1})
		}
		q := orders(t, dashboard.ABC, []string{"revenue"}, []string{"product"})
		a := b.ask(b.admin, q)
		require.Equal(t, []string{
			"[p1] [50] 0.5 A", "[p2] [20] 0.7 A", "[p3] [15] 0.85 B", "[p4] [10] 0.95 C", "[p5] [5] 1 C",
		}, table(a))
		require.Equal(t, "name of p1", a.Rows[0].Labels[0])
		require.Len(t, a.Classes, 3)
		require.Equal(t, dashboard.ClassSummary{Class: "A", Items: 2, ItemShare: ptr(0.4), Value: 70, ValueShare: ptr(0.7)}, *a.Classes[0])
		require.Equal(t, []string{"100"}, floats(a.Totals))

		q.ABC = &dashboard.ABCOptions{A: ptr(0.8), B: ptr(0.95)}
		require.Equal(t, []string{
			"[p1] [50] 0.5 A", "[p2] [20] 0.7 A", "[p3] [15] 0.85 B", "[p4] [10] 0.95 B", "[p5] [5] 1 C",
		}, table(b.ask(b.admin, q)))
	})
}

func TestABCOfGiantsNothingAndRefunds(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	b.sell(
		line{day: "2026-03-01", product: "giant", amount: 99},
		line{day: "2026-03-01", product: "b", amount: 0.5},
		line{day: "2026-03-01", product: "a", amount: 0.5},
		line{day: "2026-03-01", product: "zero"},
		line{day: "2026-03-01", product: "refund", amount: -5.00005},
	)
	q := orders(t, dashboard.ABC, []string{"revenue"}, []string{"product"})
	a := b.ask(b.admin, q)
	require.Equal(t, []string{
		"[giant] [99] 0.99 A", "[a] [0.5] 0.995 C", "[b] [0.5] 1 C", "[zero] [0] 1 C", "[refund] [-5]",
	}, table(a), "the first is A, ties are in the order of their keys, nothing is C, and what is negative has no class")
	require.Len(t, b.Warnings(t.Context(), a), 1)

	q.Filters = []*dashboard.Filter{{Field: "product", Operator: dashboard.Equal, Values: []string{"zero"}}}
	nothing := b.ask(b.admin, q)
	require.Equal(t, dashboard.ClassC, *nothing.Rows[0].Class)
	require.Len(t, b.Warnings(t.Context(), nothing), 1)
	require.Nil(t, nothing.Classes[2].ValueShare)
}

func TestBreakdownWithOthersSharesAndComparison(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.sell(
			line{order: "o1", day: "2026-02-03", category: "과일", amount: 60.55, quantity: 3, customer: b.admin},
			line{order: "o1", day: "2026-02-03", category: "빵", amount: 20, quantity: 1, customer: b.admin},
			line{order: "o2", day: "2026-02-28", category: "물", amount: 10, quantity: 1, customer: b.owner},
			line{order: "o3", day: "2026-02-10", category: "빵", amount: 9.45, quantity: 2, customer: b.owner},
			line{order: "o0", day: "2026-01-31", category: "빵", amount: 5, quantity: 1, customer: b.owner},
			line{order: "o9", day: "2026-03-01", category: "빵", amount: 500, quantity: 1},
		)
		q := orders(t, dashboard.Breakdown, []string{"revenue", "orders", "customers", "average_order_value"}, []string{"category"})
		q.Period = period(t, "2026-02-01", "2026-02-28")
		q.CompareTo, q.Limit = ptr(dashboard.PreviousPeriod), ptr(2)
		a := b.ask(b.admin, q)
		require.Equal(t, []string{
			"[과일] [60.55 1 1 60.55] before [0 0 0 -]",
			"[빵] [29.45 2 2 14.725] before [5 1 1 5]",
			"[others] [10 1 1 10] before [0 0 0 -] others",
		}, table(a))
		require.Equal(t, []string{"100", "3", "2", "33.333333333333336"}, floats(a.Totals), "o1 is one order, though it has two categories")
		require.Equal(t, []string{"5", "1", "1", "5"}, floats(a.PreviousTotals))
		require.InDelta(t, 0.6055, *a.Rows[0].Share, 0)
		require.InDelta(t, 0.1, *a.Rows[2].Share, 0)

		q.Limit = ptr(1)
		require.Equal(t, "[others] [39.45 - - -] before [5 - - -] others", table(b.ask(b.admin, q))[1], "orders of two categories may be the same")

		q.Limit, q.CompareTo = nil, nil
		q.OrderBy = &dashboard.Order{Field: "category", Direction: "ASC"}
		q.Filters = []*dashboard.Filter{{Field: "revenue", Operator: dashboard.GreaterOrEqual, Values: []string{"29.45"}}}
		require.Equal(t, []string{"[과일] [60.55 1 1 60.55]", "[빵] [29.45 2 2 14.725]"}, table(b.ask(b.admin, q)))
	})
}

func TestSeriesFillsGapsAndCompares(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.sell(
			line{day: "2026-01-01", amount: 1, quantity: 1},
			line{day: "2026-03-31", amount: 3, quantity: 3},
			line{day: "2025-11-15", amount: 7, quantity: 1},
			line{day: "2025-02-28", amount: 9, quantity: 1},
		)
		q := orders(t, dashboard.Series, []string{"revenue", "average_unit_price"}, nil)
		q.Period, q.Granularity, q.CompareTo = period(t, "2026-01-01", "2026-03-31"), ptr(dashboard.Month), ptr(dashboard.PreviousPeriod)
		require.Equal(t, []string{
			"[2026-01] [1 1] before [0 -]", "[2026-02] [0 -] before [7 7]", "[2026-03] [3 1] before [0 -]",
		}, table(b.ask(b.admin, q)), "three months are compared to the three before")
		q.CompareTo = ptr(dashboard.PreviousYear)
		require.Equal(t, []string{
			"[2026-01] [1 1] before [0 -]", "[2026-02] [0 -] before [9 9]", "[2026-03] [3 1] before [0 -]",
		}, table(b.ask(b.admin, q)))

		q.CompareTo, q.Granularity, q.Period = nil, ptr(dashboard.Week), period(t, "2025-12-29", "2026-01-06")
		require.Equal(t, []string{"[2026-W01] [1 1]", "[2026-W02] [0 -]"}, table(b.ask(b.admin, q)), "weeks are those of ISO 8601")
		q.Granularity, q.Period = nil, period(t, "2025-12-31", "2026-01-01")
		require.Equal(t, []string{"[2025-12-31] [0 -]", "[2026-01-01] [1 1]"}, table(b.ask(b.admin, q)))
	})
}

func TestQuadrantsByEachCut(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.sell(
			line{day: "2026-01-01", product: "a", amount: 40, quantity: 4},
			line{day: "2026-01-01", product: "b", amount: 10, quantity: 8},
			line{day: "2026-01-01", product: "c", amount: 10, quantity: 1},
			line{day: "2026-01-01", product: "d", amount: 20, quantity: 3},
			line{day: "2026-01-01", product: "free", amount: 20, quantity: 0},
		)
		q := orders(t, dashboard.Quadrants, []string{"revenue", "quantity"}, []string{"product"})
		a := b.ask(b.admin, q)
		require.Equal(t, []string{"[a] [40 4] I", "[d] [20 3] IV", "[free] [20 0] IV", "[b] [10 8] II", "[c] [10 1] III"}, table(a))
		require.Equal(t, dashboard.Cuts{X: ptr(20.0), Y: ptr(3.2)}, *a.Cuts)

		q.Quadrant = &dashboard.CutOptions{Cut: ptr(dashboard.CutMedian)}
		a = b.ask(b.admin, q)
		require.Equal(t, dashboard.Cuts{X: ptr(20.0), Y: ptr(3.0)}, *a.Cuts)
		require.Equal(t, "[d] [20 3] I", table(a)[1], "who is at the cut is high")

		q.Measures = []string{"quantity", "average_unit_price"}
		q.Quadrant = nil
		a = b.ask(b.admin, q)
		require.Equal(t, dashboard.Cuts{X: ptr(3.2), Y: ptr(5.0)}, *a.Cuts, "80 ÷ 16 of what has a price, not the mean of four prices")
		require.Equal(t, []string{"[b] [8 1.25] IV", "[a] [4 10] I", "[d] [3 6.666666666666667] II", "[c] [1 10] II", "[free] [0 -]"}, table(a))
		require.Len(t, b.Warnings(t.Context(), a), 1)

		q.Quadrant = &dashboard.CutOptions{Cut: ptr(dashboard.CutFixed), XCut: ptr(4.0), YCut: ptr(1.25)}
		require.Equal(t, "[b] [8 1.25] I", table(b.ask(b.admin, q))[0])
	})
}
