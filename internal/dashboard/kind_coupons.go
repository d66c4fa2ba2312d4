package dashboard

import "github.com/moa-bff/moa/internal/platform/reads"

// coupons are what became of coupons: a claim counts on the day when it is made, and its redemption on its
// own day.
func coupons() *Kind {
	return &Kind{
		Name: "coupons",
		Measures: []*Measure{
			{Name: "claims", Aggregation: Sum, Unit: UnitCount, of: "claims"},
			{Name: "redemptions", Aggregation: Sum, Unit: UnitCount, of: "redemptions"},
			{Name: "redemption_rate", Aggregation: Ratio, Unit: UnitRatio, of: "redemptions", per: "claims"},
			{Name: "customers", Aggregation: CountDistinct, Unit: UnitCount, of: "customers"},
		},
		Dimensions: append([]*Dimension{
			storeDimension(),
			{Name: "coupon", Type: TypeText, column: "coupon", label: "coupon_title"},
		}, times()...),
		components: []component{
			{name: "claims", fold: sumOf, column: "claimed", parts: 1},
			{name: "redemptions", fold: sumOf, column: "redeemed", parts: 1},
			{name: "customers", fold: distinctOf, column: "customer", parts: 1},
		},
		tags: []string{reads.Coupons, reads.Claims, reads.Redemptions},
	}
}

// couponUses is where Moa's own database keeps them. Both halves run over an index that begins with the
// instant.
func couponUses() *table {
	return &table{
		source: func(t *sqlText, period Period) {
			half := func(column, claimed, redeemed string) {
				t.add("SELECT coupon_id, user_id, ", t.dialect.dayOf(column), " AS day, ", claimed, " AS claimed, ", redeemed, " AS redeemed",
					" FROM coupon_claims WHERE ", column, " >= ", t.arg(period.From.Start()), " AND ", column, " < ", t.arg(period.To.End()))
			}
			t.add("(")
			half("claimed_at", "1", "0")
			t.add(" UNION ALL ")
			half("redeemed_at", "0", "1")
			t.add(") AS uses JOIN coupons ON coupons.id = uses.coupon_id")
		},
		day: "uses.day", store: "coupons.store_id",
		columns: map[string]string{
			"store": "coupons.store_id", "coupon": "uses.coupon_id", "coupon_title": "coupons.title",
			"customer": "uses.user_id", "claimed": "uses.claimed", "redeemed": "uses.redeemed",
		},
	}
}
