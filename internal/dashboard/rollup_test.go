package dashboard_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/test/testkit"
)

// TestSumsAnswerAsTheLinesDo asks random questions before anything is summed up, after all is, and while some
// months have changed since.
func TestSumsAnswerAsTheLinesDo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		random := rand.New(rand.NewPCG(1, 2))
		stores := []int{0, 1}
		some := func(n int, from, to string) {
			first, last := date(t, from), date(t, to)
			lines := make([]line, n)
			for i := range lines {
				lines[i] = line{
					day:     first.Add(random.IntN(first.DaysUntil(last) + 1)).String(),
					product: fmt.Sprint("p", random.IntN(9)), category: fmt.Sprint("c", random.IntN(3)),
					quantity: random.Int64N(5), amount: float64(random.IntN(100_000)) / 100,
				}
				if stores[random.IntN(2)] == 1 {
					lines[i].store = b.far
				}
			}
			b.sell(lines...)
		}
		some(500, "2024-01-01", "2026-06-30")
		questions := randomQuestions(t, random, 60)
		raw := answers(b, questions)

		done, err := b.RollUp(t.Context())
		require.NoError(t, err)
		require.Equal(t, dashboard.RolledUp{Months: 30, Years: 3}, done)
		require.Equal(t, raw, answers(again(b), questions), "all is summed up")

		some(50, "2025-03-10", "2025-05-05")
		changed := answers(again(b), questions)
		require.NotEqual(t, raw, changed)
		done, err = b.RollUp(t.Context())
		require.NoError(t, err)
		require.Equal(t, dashboard.RolledUp{Months: 3, Years: 1}, done, "no more than what has changed")
		require.Equal(t, changed, answers(again(b), questions))
		done, err = b.RollUp(t.Context())
		require.NoError(t, err)
		require.Zero(t, done)
	})
}

// again returns a service over the same database that has kept no answers.
func again(b *bundle) *bundle {
	b.t.Helper()
	book, err := words.New()
	require.NoError(b.t, err)
	return &bundle{
		Service: dashboard.New(dashboard.Deps{DB: b.db, Bus: b.bus, Ledger: reads.NewLedger(), Words: book}),
		t:       b.t, db: b.db, admin: b.admin,
	}
}

// answers returns what an ADMIN is told.
func answers(b *bundle, questions []dashboard.Question) []string {
	b.t.Helper()
	texts := make([]string, len(questions))
	for i, q := range questions {
		a := b.ask(b.admin, q)
		texts[i] = fmt.Sprint(q.Period, q.Method, q.Dimensions, table(a), floats(a.Totals))
		for _, row := range a.Rows {
			texts[i] += fmt.Sprint(row.Labels)
		}
	}
	return texts
}

// randomQuestions asks for sums by what they are kept by, now and then with something that they do not hold.
func randomQuestions(t *testing.T, random *rand.Rand, n int) []dashboard.Question {
	t.Helper()
	pick := func(all ...string) string { return all[random.IntN(len(all))] }
	first := date(t, "2023-12-01")
	var questions []dashboard.Question
	for range n {
		from := first.Add(random.IntN(800))
		to := from.Add(random.IntN(900))
		if random.IntN(2) == 0 { // whole months
			from = calendar.MonthNumbered(from.MonthNumber())
			to = calendar.MonthNumbered(to.MonthNumber() + 1).Add(-1)
		}
		q := dashboard.Question{
			Data: "orders", Measures: []string{"revenue", "quantity", pick("lines", "average_unit_price", "orders")},
			Period: dashboard.Period{From: from, To: to},
			Method: dashboard.Method(pick("SERIES", "BREAKDOWN", "ABC", "QUADRANT")),
		}
		if by := pick("", "category", "store", "product"); by != "" || q.Method == dashboard.ABC || q.Method == dashboard.Quadrants {
			q.Dimensions = []string{pick("category", "store", "product")}
			if by == "product" {
				q.Filters = []*dashboard.Filter{{Field: q.Dimensions[0], Operator: dashboard.NotIn, Values: []string{"p1", "c1"}}}
			}
		}
		if q.Method == dashboard.Series {
			q.Granularity = ptr(dashboard.Granularity(pick("DAY", "WEEK", "MONTH")))
			if len(q.Dimensions) > 0 && q.Dimensions[0] == "product" {
				q.Granularity = ptr(dashboard.Month)
			}
		}
		questions = append(questions, q)
	}
	return questions
}
