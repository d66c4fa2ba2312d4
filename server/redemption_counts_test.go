package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestARedemptionIsCountedAtOnce asks before and after, so that an answer is kept that does not hold.
func TestARedemptionIsCountedAtOnce(t *testing.T) {
	t.Parallel()
	m := start(t)
	today := time.Now().In(time.FixedZone("Asia/Seoul", 9*60*60)).Format(time.DateOnly)
	admin := m.as(t, "admin")
	redemptions := func() float64 {
		a := admin.must(t, `query($d: Date!) { analysis(input: {data: "coupons", measures: ["redemptions"], period: {from: $d, to: $d}}) { totals } }`,
			map[string]any{"d": today})
		return a.get(t, "analysis.totals.0").(float64)
	}
	owner := m.as(t, "owner")
	now := time.Now().UTC()
	made := owner.must(t, `mutation($s: ID!, $from: DateTime!, $to: DateTime!) { createCoupon(input: {storeId: $s, title: "한 잔", discount: {kind: AMOUNT, value: 100},
		quantity: 1, startsAt: $from, endsAt: $to, expiresAt: $to}) { coupon { id } userErrors { code } } }`,
		map[string]any{"s": owner.open(t, "가게"), "from": now.Format(time.RFC3339), "to": now.Add(time.Hour).Format(time.RFC3339)})
	claim := m.as(t, "garam").must(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { code } userErrors { code } } }`,
		map[string]any{"id": made.get(t, "createCoupon.coupon.id")})
	before := redemptions()
	require.InDelta(t, before, redemptions(), 0)
	owner.must(t, `mutation($code: String!) { redeemCoupon(input: {code: $code}) { claim { id } userErrors { code } } }`,
		map[string]any{"code": claim.get(t, "claimCoupon.claim.code")})
	require.InDelta(t, before+1, redemptions(), 0)
}
