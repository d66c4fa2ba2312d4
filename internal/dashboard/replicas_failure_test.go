package dashboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/test/testkit"
)

// slowly makes a source of the first replica that begins to answer, and then waits until it is let go or left.
func slowly(begun chan<- struct{}, release <-chan struct{}) func(n int, deps *dashboard.Deps) {
	return func(n int, deps *dashboard.Deps) {
		deps.Warehouse = func(ctx context.Context, _ string, _ []any, row func([]any) error) error {
			if n == 0 {
				close(begun)
				select {
				case <-release:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return row([]any{int64(7)})
		}
	}
}

// asking asks in the background.
func (r *replica) asking(ctx context.Context, q dashboard.Question) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := r.Analyse(ctx, q)
		done <- err
	}()
	return done
}

func TestAReplicaWaitsForWhatAnotherComputes(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	waits := make(chan int, 2)
	here, there := replicas(t, slowly(begun, release), func(n int, deps *dashboard.Deps) {
		if n == 1 {
			deps.OnWait = func(_ string, delta int) { waits <- delta }
		}
	})
	q := orders(t, dashboard.Breakdown, []string{"quantity"}, nil)
	first := here.asking(testkit.As(t, here.admin), q)
	<-begun
	second := there.asking(testkit.As(t, here.admin), q)
	require.Equal(t, 1, receive(t, waits))
	require.Empty(t, second)
	close(release)
	require.NoError(t, <-first)
	require.NoError(t, <-second)
	require.Equal(t, "[7]", total(there.ask(here.admin, q)))
	require.Zero(t, there.computed.Load())
	require.Equal(t, int64(1), there.taken.Load())
}

func TestAnotherComputesWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	here, there := replicas(t, slowly(begun, nil))
	q := orders(t, dashboard.Breakdown, []string{"quantity"}, nil)
	ctx, leave := context.WithCancel(testkit.As(t, here.admin))
	first := here.asking(ctx, q)
	<-begun
	at := time.Now()
	second := there.asking(testkit.As(t, here.admin), q)
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	require.NoError(t, <-second)
	require.Less(t, time.Since(at), dashboard.TurnLease, "it hears that nobody computes any more")
	require.Equal(t, int64(1), there.computed.Load())
}

// TestAReplicaThatHangsHoldsUpNobodyForLong has a replica that neither computes nor gives its turn back, like one
// whose process is gone.
func TestAReplicaThatHangsHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	here, there := replicas(t, slowly(begun, release))
	q := orders(t, dashboard.Breakdown, []string{"quantity"}, nil)
	first := here.asking(testkit.As(t, here.admin), q)
	<-begun
	require.Equal(t, "[7]", total(there.ask(here.admin, q)))
	require.Equal(t, int64(1), there.computed.Load())
	require.Empty(t, first, "it hangs")
	close(release)
	require.NoError(t, <-first)
}

func TestWithoutRedisEachReplicaComputes(t *testing.T) {
	t.Parallel()
	here, there := replicas(t)
	q := orders(t, dashboard.Breakdown, []string{"lines"}, nil)
	require.NoError(t, there.client.Close())
	answers, err := there.Watch(testkit.As(t, here.admin), q)
	require.NoError(t, err)
	until(t, answers, "0")
	here.sell(line{day: "2026-01-01", amount: 1})
	until(t, answers, "1")
	require.Equal(t, "[1]", total(there.ask(here.admin, q)))
	require.Equal(t, "[1]", total(here.ask(here.admin, q)))
	require.Zero(t, there.taken.Load())

	claimed, err := there.Watch(testkit.As(t, here.admin), claims(t))
	require.NoError(t, err)
	until(t, claimed, "0")
	there.claim()
	until(t, claimed, "1")
}

func TestSharedAnswersComeBackExactly(t *testing.T) {
	t.Parallel()
	here, there := replicas(t)
	here.sell(
		line{day: "2026-01-01", product: "쌀 \"<&>\u2028", category: "a", quantity: 3, amount: 0.1},
		line{day: "2026-01-02", product: "b", category: "", quantity: 7, amount: 900_000_000_000.0001},
		line{day: "2026-01-03", product: "c", category: "c", quantity: 0, amount: 1.0 / 3, customer: here.owner},
		line{day: "2025-01-03", product: "c", category: "c", quantity: 1, amount: 0},
	)
	for _, q := range []dashboard.Question{
		orders(t, dashboard.Series, []string{"revenue", "average_unit_price"}, []string{"month", "store"}),
		orders(t, dashboard.Breakdown, []string{"revenue", "customers"}, []string{"product", "customer"}),
		orders(t, dashboard.Quadrants, []string{"revenue", "average_unit_price"}, []string{"product"}),
		orders(t, dashboard.ABC, []string{"revenue"}, []string{"product"}),
		orders(t, dashboard.Breakdown, []string{"average_unit_price"}, []string{"category"}),
	} {
		q.CompareTo = ptr(dashboard.PreviousYear)
		made, taken := here.ask(here.admin, q), there.ask(here.admin, q)
		require.Equal(t, made.Columns, taken.Columns)
		require.Equal(t, made.Rows, taken.Rows)
		require.Equal(t, made.Totals, taken.Totals)
		require.Equal(t, made.PreviousTotals, taken.PreviousTotals)
		require.Equal(t, made.Classes, taken.Classes)
		require.Equal(t, made.Cuts, taken.Cuts)
		require.Equal(t, made.Warnings, taken.Warnings)
		require.Equal(t, made.Freshness.Source, taken.Freshness.Source)
		require.True(t, made.Freshness.AsOf.Equal(taken.Freshness.AsOf), "it tells when its data were read")
		require.True(t, taken.Freshness.Cached)
	}
	require.Equal(t, int64(5), there.taken.Load())
}

func TestLargeAnswersAreNotShared(t *testing.T) {
	t.Parallel()
	source := &catalogueOf{products: 5_001}
	here, there := replicas(t, func(_ int, deps *dashboard.Deps) { deps.Warehouse = source.ask })
	q := orders(t, dashboard.Breakdown, []string{"quantity"}, []string{"product"})
	for _, r := range []*replica{here, there} {
		require.Len(t, r.ask(here.admin, q).Rows, 5_001)
		require.Equal(t, int64(1), r.computed.Load())
	}
	require.Zero(t, there.taken.Load())
}
