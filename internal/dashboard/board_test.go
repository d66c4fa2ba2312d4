package dashboard_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

func TestADashboardIsKeptAsItWasSaved(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		ctx := testkit.As(t, b.owner)
		made := b.board("orders", "coupons")
		got, err := b.Get(ctx, made.ID)
		require.NoError(t, err)
		require.Equal(t, made.Widgets, got.Widgets)

		keep := &dashboard.WidgetInput{ID: &got.Widgets[1].ID, Title: "쿠폰", Chart: dashboard.Pie, AnalysisInput: got.Widgets[1].AnalysisInput}
		fresh := &dashboard.WidgetInput{Title: "새것", Chart: dashboard.Line, AnalysisInput: got.Widgets[0].AnalysisInput}
		changed, err := b.Update(ctx, dashboard.UpdateInput{ID: made.ID, StoreID: graphql.OmittableOf(&b.store.ID), Widgets: graphql.OmittableOf([]*dashboard.WidgetInput{keep, fresh})})
		require.NoError(t, err)
		require.Equal(t, "매출", changed.Title, "what is absent stays")
		require.Equal(t, b.store.ID, *changed.StoreID)
		require.Equal(t, got.Widgets[1].ID, changed.Widgets[0].ID)
		require.NotEqual(t, got.Widgets[0].ID, changed.Widgets[1].ID)
		changed, err = b.Update(ctx, dashboard.UpdateInput{ID: made.ID, StoreID: graphql.OmittableOf[*string](nil)})
		require.NoError(t, err)
		require.Nil(t, changed.StoreID)

		_, err = b.Delete(ctx, made.ID)
		require.NoError(t, err)
		_, err = b.Get(ctx, made.ID)
		require.ErrorIs(t, err, dashboard.ErrNotFound)
	})
}

func TestADashboardIsItsOwners(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	made := b.board("orders")
	for _, someone := range []struct {
		name string
		sees bool
	}{{"owner", true}, {"other", false}, {"admin", true}} {
		ctx := testkit.As(t, map[string]*ent.User{"owner": b.owner, "other": b.other, "admin": b.admin}[someone.name])
		_, err := b.Get(ctx, made.ID)
		all, listed := b.List(ctx, page.Args{}, nil)
		require.NoError(t, listed)
		if someone.sees {
			require.NoError(t, err)
			require.Len(t, all.Nodes(), 1)
			continue
		}
		require.ErrorIs(t, err, dashboard.ErrNotFound)
		require.Empty(t, all.Nodes())
		_, err = b.Update(ctx, dashboard.UpdateInput{ID: made.ID})
		require.ErrorIs(t, err, dashboard.ErrNotFound)
		_, err = b.Delete(ctx, made.ID)
		require.ErrorIs(t, err, dashboard.ErrNotFound)
	}
	_, err := b.Get(t.Context(), made.ID)
	require.ErrorIs(t, err, dashboard.ErrNotFound)
}

// TestADashboardShowsWhatItsOwnerMaySee holds that an ADMIN who looks at it sees no more in it, and that a
// store narrows it.
func TestADashboardShowsWhatItsOwnerMaySee(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	second := b.newStore(b.owner)
	b.sell(
		line{day: "2026-01-01", amount: 1},
		line{day: "2026-01-01", amount: 2, store: second},
		line{day: "2026-01-01", amount: 4, store: b.far},
	)
	made := b.board("orders")
	total := func(as *ent.User) []string {
		got, err := b.Get(testkit.As(t, as), made.ID)
		require.NoError(t, err)
		a, err := b.Result(testkit.As(t, as), got.Widgets[0])
		require.NoError(t, err)
		return floats(a.Totals)
	}
	require.Equal(t, []string{"3"}, total(b.owner))
	require.Equal(t, []string{"3"}, total(b.admin))
	_, err := b.Update(testkit.As(t, b.owner), dashboard.UpdateInput{ID: made.ID, StoreID: graphql.OmittableOf(&second.ID)})
	require.NoError(t, err)
	require.Equal(t, []string{"2"}, total(b.owner))
}

func TestEveryMistakeOfADashboardIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	ctx := testkit.As(t, b.owner)
	wrong := orders(t, dashboard.ABC, []string{"profit"}, nil)
	wrong.Limit = ptr(0)
	_, err := b.Create(ctx, dashboard.CreateInput{Title: " ", Widgets: []*dashboard.WidgetInput{
		{Title: "옳음", Chart: dashboard.Bar, AnalysisInput: orders(t, dashboard.Breakdown, []string{"revenue"}, nil)},
		{ID: ptr("wdg_none"), Title: "", Chart: dashboard.Bar, AnalysisInput: wrong},
	}})
	var places []string
	for _, f := range fault.BusinessOf(err) {
		places = append(places, string(f.Code)+" "+strings.Join(f.Field, "."))
	}
	require.Equal(t, []string{
		"DASHBOARD_TITLE_INVALID title", "DASHBOARD_WIDGETS_INVALID widgets.1.id", "DASHBOARD_TITLE_INVALID widgets.1.title",
		"DASHBOARD_MEASURES_INVALID widgets.1.analysisInput.measures", "DASHBOARD_METHOD_INVALID widgets.1.analysisInput.method",
		"DASHBOARD_LIMIT_INVALID widgets.1.analysisInput.limit",
	}, places)
	_, err = b.Create(ctx, dashboard.CreateInput{Title: "x", StoreID: &b.far.ID})
	require.ErrorIs(t, err, dashboard.ErrStoreNotFound)

	key := "once"
	first, err := b.Create(ctx, dashboard.CreateInput{Title: "x", IdempotencyKey: &key})
	require.NoError(t, err)
	again, err := b.Create(ctx, dashboard.CreateInput{Title: "x", IdempotencyKey: &key})
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
}
