package dashboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestAnOwnerSeesOwnStoresWhateverTheQuestionSays(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.sell(
			line{day: "2026-01-01", amount: 1, category: "mine"},
			line{day: "2026-01-01", amount: 2, category: "theirs", store: b.far},
		)
		_, err := b.RollUp(t.Context())
		require.NoError(t, err)
		q := orders(t, dashboard.Breakdown, []string{"revenue"}, []string{"store"})
		require.Len(t, b.ask(b.admin, q).Rows, 2)
		require.Equal(t, []string{"[" + b.store.ID + "] [1]"}, table(b.ask(b.owner, q)))
		require.Equal(t, b.store.Name, b.ask(b.owner, q).Rows[0].Labels[0])
		for _, filter := range []dashboard.Filter{
			{Field: "store", Operator: dashboard.Equal, Values: []string{b.far.ID}},
			{Field: "store", Operator: dashboard.In, Values: []string{b.far.ID}},
			{Field: "store", Operator: dashboard.NotEqual, Values: []string{b.store.ID}},
			{Field: "store", Operator: dashboard.Contains, Values: []string{b.far.ID[10:]}},
			{Field: "category", Operator: dashboard.Equal, Values: []string{"theirs"}},
			{Field: "category", Operator: dashboard.Contains, Values: []string{"') OR 1=1 --"}},
		} {
			q.Filters = []*dashboard.Filter{&filter}
			require.Empty(t, b.ask(b.owner, q).Rows, "%v", filter)
		}
		for _, role := range []user.Role{user.RoleUSER, user.RoleCOUNSELOR} {
			_, err := b.Analyse(testkit.As(t, testkit.Person(t, d, role)), q)
			require.ErrorIs(t, err, fault.Forbidden)
		}
		_, err = b.Analyse(t.Context(), q)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestWrongQuestionsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	good := func() dashboard.Question {
		return orders(t, dashboard.Breakdown, []string{"revenue"}, []string{"category"})
	}
	for name, wrong := range map[string]struct {
		change func(q *dashboard.Question)
		want   *fault.Error
	}{
		"data":       {func(q *dashboard.Question) { q.Data = "weather" }, dashboard.ErrDataUnknown},
		"no measure": {func(q *dashboard.Question) { q.Measures = nil }, dashboard.ErrMeasuresInvalid},
		"measure":    {func(q *dashboard.Question) { q.Measures = []string{"amount; DROP TABLE stores"} }, dashboard.ErrMeasuresInvalid},
		"twice":      {func(q *dashboard.Question) { q.Measures = []string{"revenue", "revenue"} }, dashboard.ErrMeasuresInvalid},
		"dimension":  {func(q *dashboard.Question) { q.Dimensions = []string{"store_id"} }, dashboard.ErrDimensionsInvalid},
		"two times":  {func(q *dashboard.Question) { q.Dimensions = []string{"day", "month"} }, dashboard.ErrDimensionsInvalid},
		"period":     {func(q *dashboard.Question) { q.Period = period(t, "2026-02-01", "2026-01-01") }, dashboard.ErrPeriodInvalid},
		"early":      {func(q *dashboard.Question) { q.Period = period(t, "1969-12-31", "2026-01-01") }, dashboard.ErrPeriodInvalid},
		"filter": {func(q *dashboard.Question) {
			q.Filters = []*dashboard.Filter{{Field: "x", Operator: "EQ", Values: []string{"1"}}}
		}, dashboard.ErrFilterInvalid},
		"no values": {func(q *dashboard.Question) { q.Filters = []*dashboard.Filter{{Field: "category", Operator: "EQ"}} }, dashboard.ErrFilterInvalid},
		"no number": {func(q *dashboard.Question) {
			q.Filters = []*dashboard.Filter{{Field: "revenue", Operator: "GT", Values: []string{"1e9"}}}
		}, dashboard.ErrFilterInvalid},
		"time filter": {func(q *dashboard.Question) {
			q.Filters = []*dashboard.Filter{{Field: "day", Operator: "EQ", Values: []string{"1"}}}
		}, dashboard.ErrFilterInvalid},
		"quadrant": {func(q *dashboard.Question) { q.Method = dashboard.Quadrants }, dashboard.ErrMethodInvalid},
		"fixed": {func(q *dashboard.Question) {
			q.Method = dashboard.Quadrants
			q.Measures = []string{"revenue", "lines"}
			q.Quadrant = &dashboard.CutOptions{Cut: ptr(dashboard.CutFixed)}
		}, dashboard.ErrQuadrantInvalid},
		"abc ratio": {func(q *dashboard.Question) { q.Method = dashboard.ABC; q.Measures = []string{"average_order_value"} }, dashboard.ErrMethodInvalid},
		"abc ends":  {func(q *dashboard.Question) { q.Method = dashboard.ABC; q.ABC = &dashboard.ABCOptions{A: ptr(0.95)} }, dashboard.ErrABCInvalid},
		"order":     {func(q *dashboard.Question) { q.OrderBy = &dashboard.Order{Field: "lines"} }, dashboard.ErrOrderInvalid},
		"limit":     {func(q *dashboard.Question) { q.Limit = ptr(10_001) }, dashboard.ErrLimitInvalid},
		"days": {func(q *dashboard.Question) {
			q.Method = dashboard.Series
			q.Period = period(t, "1990-01-01", "2026-01-01")
		}, dashboard.ErrTooManyRows},
	} {
		q := good()
		wrong.change(&q)
		_, err := b.Analyse(testkit.As(t, b.admin), q)
		require.ErrorIs(t, err, wrong.want, name)
		require.NotEmpty(t, fault.From(err).Field, name)
	}
}

func TestCouponsAreCountedOnTheDayOfEach(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			claimed := date(t, "2026-01-31").End().Add(-time.Second)
			c, err := tx.Coupon.Create().SetStoreID(b.store.ID).SetTitle("한 잔").SetSearchText("한 잔").SetDiscountKind("AMOUNT").SetDiscountValue(1).
				SetQuantity(9).SetStartsAt(claimed).SetEndsAt(claimed).SetExpiresAt(claimed).Save(ctx)
			if err != nil {
				return err
			}
			for i, u := range []*ent.User{b.admin, b.owner} {
				create := tx.CouponClaim.Create().SetCouponID(c.ID).SetUserID(u.ID).SetCode(u.ID).SetClaimedAt(claimed).SetExpiresAt(claimed)
				if i == 0 {
					create.SetStatus(couponclaim.StatusUSED).SetRedeemedAt(claimed.Add(time.Minute))
				}
				if err := create.Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		q := orders(t, dashboard.Series, []string{"claims", "redemptions", "redemption_rate"}, []string{"coupon"})
		q.Data, q.Granularity, q.Period = "coupons", ptr(dashboard.Month), period(t, "2026-01-01", "2026-02-28")
		a := b.ask(b.owner, q)
		require.Equal(t, []string{"2", "1", "0.5"}, floats(a.Totals))
		require.Equal(t, []string{"2", "0", "0"}, floats(a.Rows[0].Values))
		require.Equal(t, []string{"0", "1", "-"}, floats(a.Rows[1].Values))
		require.Equal(t, "한 잔", a.Rows[1].Labels[1])
		require.Empty(t, b.ask(b.other, q).Rows)
	})
}
