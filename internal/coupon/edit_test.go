package coupon_test

import (
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	entcoupon "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/test/testkit"
)

// faults returns the codes and fields of an error.
func faults(err error) (found []string) {
	for _, f := range fault.BusinessOf(err) {
		found = append(found, string(f.Code)+"@"+strings.Join(f.Field, "."))
	}
	return found
}

// K-10, K-11: what a new coupon must be. All faults are told at once.
func TestCreateChecks(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	percent := func(value int, most *int) coupon.Discount {
		return coupon.Discount{Kind: entcoupon.DiscountKindPERCENT, Value: value, MaxAmount: most}
	}
	cases := map[string]struct {
		change func(in *coupon.CreateInput)
		want   []string
	}{
		"fine":              {func(*coupon.CreateInput) {}, nil},
		"no title":          {func(in *coupon.CreateInput) { in.Title = "  " }, []string{"COUPON_TITLE_INVALID@title"}},
		"longest title":     {func(in *coupon.CreateInput) { in.Title = strings.Repeat("가", 100) }, nil},
		"long title":        {func(in *coupon.CreateInput) { in.Title = strings.Repeat("가", 101) }, []string{"COUPON_TITLE_INVALID@title"}},
		"long description":  {func(in *coupon.CreateInput) { in.Description = ptr(strings.Repeat("가", 2001)) }, []string{"COUPON_DESCRIPTION_INVALID@description"}},
		"no amount":         {func(in *coupon.CreateInput) { in.Discount.Value = 0 }, []string{"COUPON_DISCOUNT_INVALID@discount"}},
		"all of the price":  {func(in *coupon.CreateInput) { in.Discount = percent(100, nil) }, nil},
		"more than all":     {func(in *coupon.CreateInput) { in.Discount = percent(101, nil) }, []string{"COUPON_DISCOUNT_INVALID@discount"}},
		"no maximum":        {func(in *coupon.CreateInput) { in.Discount = percent(10, ptr(0)) }, []string{"COUPON_DISCOUNT_INVALID@discount"}},
		"negative minimum":  {func(in *coupon.CreateInput) { in.MinOrderAmount = -1 }, []string{"COUPON_MIN_ORDER_AMOUNT_INVALID@minOrderAmount"}},
		"none":              {func(in *coupon.CreateInput) { in.Quantity = 0 }, []string{"COUPON_QUANTITY_INVALID@quantity"}},
		"too many":          {func(in *coupon.CreateInput) { in.Quantity = 10_000_001 }, []string{"COUPON_QUANTITY_INVALID@quantity"}},
		"late start":        {func(in *coupon.CreateInput) { in.StartsAt = b.clock.in(-4 * time.Minute) }, nil},
		"too late start":    {func(in *coupon.CreateInput) { in.StartsAt = b.clock.in(-6 * time.Minute) }, []string{"COUPON_STARTS_IN_PAST@startsAt"}},
		"end before start":  {func(in *coupon.CreateInput) { in.StartsAt = in.EndsAt }, []string{"COUPON_PERIOD_INVALID@endsAt"}},
		"end in the past":   {func(in *coupon.CreateInput) { in.EndsAt = b.clock.in(-time.Second) }, []string{"COUPON_PERIOD_INVALID@endsAt"}},
		"expiry at the end": {func(in *coupon.CreateInput) { in.ExpiresAt = in.EndsAt }, nil},
		"expiry before end": {func(in *coupon.CreateInput) { in.ExpiresAt = in.EndsAt.Add(-1) }, []string{"COUPON_EXPIRES_BEFORE_END@expiresAt"}},
		"everything": {func(in *coupon.CreateInput) {
			*in = coupon.CreateInput{StoreID: in.StoreID, MinOrderAmount: -1, StartsAt: b.clock.in(-time.Hour), EndsAt: b.clock.in(-2 * time.Hour), ExpiresAt: b.clock.in(-3 * time.Hour)}
		}, []string{
			"COUPON_TITLE_INVALID@title", "COUPON_DISCOUNT_INVALID@discount", "COUPON_MIN_ORDER_AMOUNT_INVALID@minOrderAmount",
			"COUPON_QUANTITY_INVALID@quantity", "COUPON_STARTS_IN_PAST@startsAt", "COUPON_PERIOD_INVALID@endsAt", "COUPON_EXPIRES_BEFORE_END@expiresAt",
		}},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			input := b.input(10)
			test.change(&input)
			_, err := b.Create(testkit.As(t, b.owner), input)
			require.Equal(t, test.want, faults(err), "%v", err)
			require.Equal(t, test.want == nil, err == nil)
		})
	}
}

// A retry with the same key makes one coupon.
func TestCreateOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		input := b.input(10)
		input.IdempotencyKey = ptr("first")
		first := b.publish(input)
		again := b.publish(input)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, 1, b.events(coupon.TopicPublished, first.ID))

		input.Title = "다른 쿠폰"
		_, err := b.Create(testkit.As(t, b.owner), input)
		require.ErrorIs(t, err, idempotency.ErrKeyReused)
	})
}

// K-12: what an edit may do.
func TestUpdateChecks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(3))
		for _, ctx := range people(t, d, 2) {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			require.NoError(t, err)
		}
		cases := map[string]struct {
			input coupon.UpdateInput
			want  []string
		}{
			"no title":                  {coupon.UpdateInput{Title: graphql.OmittableOf[*string](nil)}, []string{"COUPON_TITLE_INVALID@title"}},
			"fewer than claimed":        {coupon.UpdateInput{Quantity: graphql.OmittableOf(ptr(1))}, []string{"COUPON_QUANTITY_BELOW_CLAIMED@quantity"}},
			"as many as claimed":        {coupon.UpdateInput{Quantity: graphql.OmittableOf(ptr(2))}, nil},
			"another start":             {coupon.UpdateInput{StartsAt: graphql.OmittableOf(ptr(b.clock.in(time.Minute)))}, []string{"COUPON_PERIOD_INVALID@startsAt"}},
			"the same start":            {coupon.UpdateInput{StartsAt: graphql.OmittableOf(&c.StartsAt)}, nil},
			"an end in the past":        {coupon.UpdateInput{EndsAt: graphql.OmittableOf(ptr(b.clock.in(-time.Second)))}, []string{"COUPON_PERIOD_INVALID@endsAt"}},
			"an end after expiry":       {coupon.UpdateInput{EndsAt: graphql.OmittableOf(ptr(c.ExpiresAt.Add(1000)))}, []string{"COUPON_EXPIRES_BEFORE_END@expiresAt"}},
			"a description":             {coupon.UpdateInput{Description: graphql.OmittableOf(ptr("맛있어요"))}, nil},
			"no description":            {coupon.UpdateInput{Description: graphql.OmittableOf[*string](nil)}, nil},
			"another kind of discount":  {coupon.UpdateInput{Discount: graphql.OmittableOf(&coupon.Discount{Kind: entcoupon.DiscountKindPERCENT, Value: 10, MaxAmount: ptr(500)})}, nil},
			"no smallest order":         {coupon.UpdateInput{MinOrderAmount: graphql.OmittableOf[*int](nil)}, []string{"COUPON_MIN_ORDER_AMOUNT_INVALID@minOrderAmount"}},
			"no discount":               {coupon.UpdateInput{Discount: graphql.OmittableOf[*coupon.Discount](nil)}, []string{"COUPON_DISCOUNT_INVALID@discount"}},
			"two mistakes in one input": {coupon.UpdateInput{Title: graphql.OmittableOf(ptr("")), Quantity: graphql.OmittableOf(ptr(0))}, []string{"COUPON_TITLE_INVALID@title", "COUPON_QUANTITY_INVALID@quantity"}},
		}
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				test.input.ID = c.ID
				_, err := b.Update(testkit.As(t, b.owner), test.input)
				require.Equal(t, test.want, faults(err), "%v", err)
				require.Equal(t, test.want == nil, err == nil)
			})
		}
		row, err := b.Get(t.Context(), c.ID)
		require.NoError(t, err)
		require.Equal(t, 2, row.Quantity)
		require.Equal(t, &coupon.Discount{Kind: entcoupon.DiscountKindPERCENT, Value: 10, MaxAmount: ptr(500)}, coupon.DiscountOf(row))
	})
}

// An edit that changes nothing is no news.
func TestUpdateNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	c := b.publish(b.input(3))
	same, err := b.Update(testkit.As(t, b.owner), coupon.UpdateInput{ID: c.ID, Title: graphql.OmittableOf(&c.Title)})
	require.NoError(t, err)
	require.Equal(t, c.Version, same.Version)
	require.Zero(t, b.events(coupon.TopicChanged, c.ID))
}

func TestFaultsAreTyped(t *testing.T) {
	t.Parallel()
	var list fault.List
	b := setup(t, testkit.SQLite(t))
	_, err := b.Create(testkit.As(t, b.owner), coupon.CreateInput{StoreID: b.store.ID})
	require.ErrorAs(t, err, &list)
}
