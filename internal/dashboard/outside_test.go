package dashboard_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

func TestTheWarehouseAnswersInItsOwnWords(t *testing.T) {
	t.Parallel()
	var statements []string
	var arguments [][]any
	var rows [][]any
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Warehouse = func(_ context.Context, statement string, args []any, row func([]any) error) error {
			statements, arguments = append(statements, statement), append(arguments, args)
			for _, r := range rows {
				if err := row(r); err != nil {
					return err
				}
			}
			return nil
		}
	})
	testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
		return tx.Store.Create().SetOwnerID(b.owner.ID).SetName("밖").SetCategory("카페").SetSearchText("밖").SetExternalID("s-1").Exec(ctx)
	})
	rows = [][]any{{"s-1", "12.3400", int64(3)}, {"s-9", "0.0001", nil}}
	q := orders(t, dashboard.Breakdown, []string{"revenue", "quantity"}, []string{"store"})
	a := b.ask(b.owner, q)
	require.Equal(t, dashboard.SourceTrino, a.Freshness.Source)
	require.Equal(t, "밖", a.Rows[0].Labels[0])
	require.Equal(t, []string{"12.34", "3"}, floats(a.Rows[0].Values))
	require.Equal(t, []string{"0.0001", "-"}, floats(a.Rows[1].Values))
	require.Contains(t, statements[0], "store_external_id IN (?)")
	require.Equal(t, "s-1", arguments[0][2])
	require.Empty(t, arguments[0][3:], "an owner's own stores and no others")

	rows = [][]any{{"s-1", 12.34, int64(3)}, {"s-2", "0.00001", int64(1)}}
	_, err := b.Analyse(testkit.As(t, b.admin), q)
	require.Error(t, err, "what is not exact is no answer")
	rows = nil
	b.ask(b.other, orders(t, dashboard.Breakdown, []string{"lines"}, nil))
	require.Contains(t, statements[len(statements)-1], "FALSE", "who has no store there sees nothing")
}

func TestAnalyticsAreAskedStoreByStore(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Analytics = &dashboard.Analytics{
			Stores: func(context.Context, string) ([]string, error) { return []string{"sto_1", "sto_2"}, nil },
			Run: func(_ context.Context, store string, r dashboard.Report, row func(d, m []string) error) (dashboard.Quality, error) {
				if r.Dimensions[0] != "isoYearIsoWeek" {
					return dashboard.Quality{}, errors.New("weeks are asked for")
				}
				// Each store says it of its own rows, and the answer once.
				return dashboard.Quality{Sampled: true, Thresholded: store == "sto_1"}, errors.Join(row([]string{"202601", "Direct"}, []string{"3"}), row([]string{"202553", "Direct"}, []string{"1"}))
			},
		}
	})
	q := dashboard.Question{Data: "visits", Measures: []string{"sessions"}, Dimensions: []string{"channel"}, Granularity: ptr(dashboard.Week), Period: period(t, "2026-01-01", "2026-01-07"), Method: dashboard.Series}
	a := b.ask(b.admin, q)
	require.Equal(t, []string{"[2026-W01 Direct] [8]", "[2026-W02 Direct] [0]"}, table(a), "2025 has no week 53: it is the first of 2026")
	require.Equal(t, []dashboard.Warning{{Key: "dashboard.warning.sampled"}, {Key: "dashboard.warning.thresholded"}}, a.Warnings)
	q.Filters = []*dashboard.Filter{{Field: "store", Operator: dashboard.NotEqual, Values: []string{"sto_2"}}}
	require.Equal(t, "[2026-W01 Direct] [4]", table(b.ask(b.admin, q))[0])
}

// TestALiveQuestionHearsOfAConnectedStore: who is asked, and for whom, is known here, and a minute is long.
func TestALiveQuestionHearsOfAConnectedStore(t *testing.T) {
	t.Parallel()
	var connected atomic.Bool
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Analytics = &dashboard.Analytics{
			Stores: func(context.Context, string) ([]string, error) {
				if connected.Load() {
					return []string{"sto_1"}, nil
				}
				return nil, nil
			},
			Run: func(_ context.Context, _ string, _ dashboard.Report, row func(d, m []string) error) (dashboard.Quality, error) {
				return dashboard.Quality{}, row(nil, []string{"3"})
			},
		}
	})
	q := dashboard.Question{Data: "visits", Measures: []string{"sessions"}, Period: period(t, "2026-01-01", "2026-01-07"), Method: dashboard.Breakdown}
	answers, err := b.Watch(testkit.As(t, b.admin), q)
	require.NoError(t, err)
	until(t, answers, "0")
	connected.Store(true)
	b.ledger.Drop(reads.Integrations)
	until(t, answers, "3")
	connected.Store(false)
	b.ledger.Drop(reads.Integrations)
	until(t, answers, "0")
}
