package dashboard_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

func TestAnswersAreKeptUntilTheirDataChange(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		sales, claims := orders(t, dashboard.Breakdown, []string{"revenue"}, nil), orders(t, dashboard.Breakdown, []string{"claims"}, nil)
		claims.Data = "coupons"
		require.False(t, b.ask(b.admin, sales).Freshness.Cached)
		require.True(t, b.ask(b.admin, sales).Freshness.Cached)
		require.False(t, b.ask(b.owner, sales).Freshness.Cached, "an owner has answers of their own")
		b.sell(line{day: "2026-01-01", amount: 5})
		a := b.ask(b.admin, sales)
		require.False(t, a.Freshness.Cached)
		require.Equal(t, []string{"5"}, floats(a.Totals))
		require.False(t, b.ask(b.admin, claims).Freshness.Cached)
		b.ledger.Drop(reads.CouponClaimed("cpn_1", "sto_1")...)
		require.False(t, b.ask(b.admin, claims).Freshness.Cached)
		require.True(t, b.ask(b.admin, sales).Freshness.Cached, "claims are no orders")
	})
}

func TestThoseWhoAskAtOnceShareOneComputation(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}, 100), make(chan struct{})
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Warehouse = func(context.Context, string, []any, func([]any) error) error {
			asked <- struct{}{}
			<-release
			return nil
		}
	})
	q := orders(t, dashboard.Breakdown, []string{"revenue"}, nil)
	ctx := testkit.As(t, b.admin)
	var crowd sync.WaitGroup
	for range 50 {
		crowd.Go(func() {
			a, err := b.Analyse(ctx, q)
			if err != nil || len(a.Rows) != 1 {
				t.Error(err)
			}
		})
	}
	<-asked
	close(release)
	crowd.Wait()
	require.Empty(t, asked)
	require.Equal(t, int64(1), b.computed.Load())
}

func TestTheLastWhoLeavesEndsTheQuestion(t *testing.T) {
	t.Parallel()
	asked, ended := make(chan struct{}), make(chan error, 1)
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) {
		deps.Warehouse = func(ctx context.Context, _ string, _ []any, _ func([]any) error) error {
			close(asked)
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}
	})
	ctx, leave := context.WithCancel(testkit.As(t, b.admin))
	done := make(chan error, 1)
	go func() {
		_, err := b.Analyse(ctx, orders(t, dashboard.Breakdown, []string{"revenue"}, nil))
		done <- err
	}()
	<-asked
	leave()
	require.ErrorIs(t, <-done, context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
}
