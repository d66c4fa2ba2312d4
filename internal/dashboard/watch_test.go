package dashboard_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

// receive returns what comes next.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v, open := <-from:
		require.True(t, open, "the channel is closed")
		return v
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing comes")
		panic("unreachable")
	}
}

// until receives until the answer says so.
func until(t *testing.T, from <-chan *dashboard.Analysis, total string) {
	t.Helper()
	for fmt.Sprint(floats(receive(t, from).Totals)) != "["+total+"]" {
	}
}

// TestACrowdCostsOneComputationAChange watches one question a hundred times, and another owner's.
func TestACrowdCostsOneComputationAChange(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		q := orders(t, dashboard.Breakdown, []string{"revenue"}, nil)
		ctx, leave := context.WithCancel(testkit.As(t, b.owner))
		var crowd []<-chan *dashboard.Analysis
		for range 100 {
			answers, err := b.Watch(ctx, q)
			require.NoError(t, err)
			crowd = append(crowd, answers)
		}
		other, err := b.Watch(testkit.As(t, b.other), q)
		require.NoError(t, err)
		for _, answers := range append(crowd, other) {
			until(t, answers, "0")
		}
		require.Equal(t, int64(2), b.computed.Load())
		for n := 1; n <= 3; n++ {
			b.sell(line{day: "2026-01-01", amount: 10})
			for _, answers := range crowd {
				until(t, answers, fmt.Sprint(10*n))
			}
		}
		require.LessOrEqual(t, b.computed.Load(), int64(8), "one for each of the two questions and three changes")
		require.Empty(t, other, "nothing has changed for another owner")
		leave()
		for _, answers := range crowd {
			for range answers {
			}
		}
		b.sell(line{day: "2026-01-01", amount: 10, store: b.far})
		until(t, other, "10")
		require.LessOrEqual(t, b.computed.Load(), int64(9), "nobody watches the first any more")
	})
}

func TestClaimsAreHeardAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	q := orders(t, dashboard.Breakdown, []string{"claims"}, nil)
	q.Data = "coupons"
	answers, err := b.Watch(testkit.As(t, b.admin), q)
	require.NoError(t, err)
	until(t, answers, "0")
	for _, tag := range []string{reads.Claims, reads.Redemptions, reads.Coupons, reads.Stores} {
		before := b.computed.Load()
		b.ledger.Drop(tag)
		require.Eventually(t, func() bool { return b.computed.Load() > before }, 10*time.Second, 5*time.Millisecond, tag)
	}
	require.Empty(t, answers, "what has not changed is not said again")
}

func TestWatchersAreToldWhyThereIsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Warehouse = func(context.Context, string, []any, func([]any) error) error { return fault.Unavailable }
	})
	ctx, why := fault.WatchEnd(testkit.As(t, b.admin))
	answers, err := b.Watch(ctx, orders(t, dashboard.Breakdown, []string{"revenue"}, nil))
	require.NoError(t, err)
	_, open := <-answers
	require.False(t, open)
	require.ErrorIs(t, why(), fault.Unavailable)
}

// board saves a dashboard of the owner with a question for each kind of data.
func (b *bundle) board(kinds ...string) *dashboard.Board {
	b.t.Helper()
	measures := map[string]string{"orders": "revenue", "visits": "sessions", "coupons": "claims"}
	input := dashboard.CreateInput{Title: "매출"}
	for _, kind := range kinds {
		q := dashboard.Question{Data: kind, Measures: []string{measures[kind]}, Period: period(b.t, "2026-01-01", "2026-12-31"), Method: dashboard.Breakdown}
		input.Widgets = append(input.Widgets, &dashboard.WidgetInput{Title: kind, Chart: dashboard.Bar, AnalysisInput: q})
	}
	made, err := b.Create(testkit.As(b.t, b.owner), input)
	require.NoError(b.t, err)
	return made
}

// TestALiveDashboardShowsEachChangeAndEachFailure has a widget whose source does not answer.
func TestALiveDashboardShowsEachChangeAndEachFailure(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Analytics = &dashboard.Analytics{Stores: func(context.Context, string) ([]string, error) { return nil, fault.Unavailable }}
	})
	made := b.board("orders", "visits")
	ctx := testkit.As(t, b.owner)
	_, err := b.WatchBoard(testkit.As(t, b.other), made.ID)
	require.ErrorIs(t, err, dashboard.ErrNotFound)
	boards, err := b.WatchBoard(ctx, made.ID)
	require.NoError(t, err)

	shows := func(want string) {
		t.Helper()
		for {
			got := receive(t, boards)
			result, err := b.Result(ctx, got.Widgets[0])
			require.NoError(t, err)
			_, failed := b.Result(ctx, got.Widgets[1])
			require.ErrorIs(t, failed, fault.Unavailable, "the other widget stands")
			if fmt.Sprint(floats(result.Totals)) == want {
				return
			}
		}
	}
	shows("[0]")
	b.sell(line{day: "2026-02-01", amount: 7}, line{day: "2026-02-01", amount: 7, store: b.far})
	shows("[7]")

	title := "새 매출"
	_, err = b.Update(ctx, dashboard.UpdateInput{ID: made.ID, Title: graphql.OmittableOf(&title)})
	require.NoError(t, err)
	for receive(t, boards).Title != title {
	}
	_, err = b.Delete(ctx, made.ID)
	require.NoError(t, err)
	for range boards {
	}
}
