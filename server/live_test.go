package server_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// metric returns the value of a series on /metrics, 0 when it is not there.
func (m *moa) metric(t *testing.T, series string) int {
	t.Helper()
	match := regexp.MustCompile(regexp.QuoteMeta(series) + ` (\d+)`).FindStringSubmatch(m.page(t, "/metrics"))
	if match == nil {
		return 0
	}
	n, err := strconv.Atoi(match[1])
	require.NoError(t, err)
	return n
}

// someCoupon returns a coupon of the demo neighbourhood that can be claimed.
func (m *moa) someCoupon(t *testing.T) string {
	t.Helper()
	a := m.guest().must(t, `{ coupons(first: 1, filter: {status: ACTIVE}, orderBy: {field: CREATED_AT}) { edges { node { id } } } }`, nil)
	return a.get(t, "coupons.edges.0.node.id").(string)
}

// TestEqualSubscribersShareExecutions holds that a crowd costs one computation a change.
func TestEqualSubscribersShareExecutions(t *testing.T) {
	t.Parallel()
	m := start(t)
	id := m.someCoupon(t)
	const crowd = 100
	people := []client{m.guest(), m.as(t, "user"), m.as(t, "owner"), m.as(t, "admin")}
	var streams []stream
	for i := range crowd {
		streams = append(streams, people[i%len(people)].subscribe(t, `subscription($id: ID!) { couponStock(couponId: $id) { remaining coupon { title store { name } } } }`, map[string]any{"id": id}))
	}
	for _, s := range streams {
		require.Empty(t, s.next(t).Errors)
	}
	const series = `{field="couponStock"}`
	executed, delivered := m.metric(t, "moa_live_executions_total"+series), m.metric(t, "moa_live_deliveries_total"+series)
	require.GreaterOrEqual(t, delivered, crowd)
	require.LessOrEqual(t, executed, 3, "the current value is computed once for all")

	before := m.guest().must(t, `query($id: ID!) { coupon(id: $id) { remaining } }`, map[string]any{"id": id}).get(t, "coupon.remaining").(float64)
	m.as(t, "garam").must(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { id } userErrors { code } } }`, map[string]any{"id": id})
	for _, s := range streams {
		require.InDelta(t, before-1, s.next(t).get(t, "couponStock.remaining"), 0)
		s.close(t)
	}
	require.LessOrEqual(t, m.metric(t, "moa_live_executions_total"+series)-executed, 2)
}

// TestLiveAnswersNeverCross holds that viewers who ask the same, and are answered differently, get their
// own answers.
func TestLiveAnswersNeverCross(t *testing.T) {
	t.Parallel()
	m := start(t)
	id := m.someCoupon(t)
	names := []string{"sora", "minsu", "haneul", "garam", "byeol"}
	claims := map[string]string{}
	var streams []stream
	for _, name := range names {
		a := m.as(t, name).do(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { id } userErrors { code } } }`, map[string]any{"id": id})
		if mine, ok := a.get(t, "claimCoupon").(map[string]any)["claim"].(map[string]any); ok {
			claims[name] = mine["id"].(string)
		} else {
			own := m.as(t, name).must(t, `query($id: ID!) { coupon(id: $id) { viewerClaim { id } } }`, map[string]any{"id": id})
			claims[name] = own.get(t, "coupon.viewerClaim.id").(string)
		}
	}
	const query = `subscription($id: ID!) { couponStock(couponId: $id) { remaining coupon { viewerClaim { id code user { name } } } } }`
	for _, name := range names {
		streams = append(streams, m.as(t, name).subscribe(t, query, map[string]any{"id": id}))
	}
	guest := m.guest().subscribe(t, query, map[string]any{"id": id})
	check := func() {
		for i, name := range names {
			require.Equal(t, claims[name], streams[i].next(t).get(t, "couponStock.coupon.viewerClaim.id"), name)
		}
		require.Nil(t, guest.next(t).get(t, "couponStock.coupon.viewerClaim"))
	}
	check()
	m.as(t, "user").must(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { id } userErrors { code } } }`, map[string]any{"id": id})
	check()
}

// TestRefusedStreamsSayWhy holds that a subscription that cannot begin ends with a complete error.
func TestRefusedStreamsSayWhy(t *testing.T) {
	t.Parallel()
	m := start(t)
	s := m.guest().subscribe(t, `subscription { couponStock(couponId: "cpn_none") { remaining } }`, nil)
	a := s.next(t)
	require.Equal(t, "INVALID_ARGUMENT", a.code())
	require.Equal(t, "COUPON_NOT_FOUND", a.Errors[0].Extensions["reason"])
	require.NotEmpty(t, a.Errors[0].Extensions["requestId"])
	require.Equal(t, "complete", s.read(t).Type)
	s.close(t)
}

// TestErrorsOfEventsBeginAtTheRoot holds that an event that cannot be answered is null as a whole, where its
// field cannot be null, and that its error says where.
func TestErrorsOfEventsBeginAtTheRoot(t *testing.T) {
	t.Parallel()
	m := start(t)
	const query = `subscription($id: ID!) { stock: couponStock(couponId: $id) { remaining coupon { usage(from: "2026-01-01", to: "2026-01-02") { claimed } } } }`
	s := m.guest().subscribe(t, query, map[string]any{"id": m.someCoupon(t)})
	a := s.next(t)
	require.Equal(t, "null", string(a.Data))
	require.Equal(t, "FORBIDDEN", a.code())
	require.Equal(t, []any{"stock", "coupon", "usage"}, a.Errors[0].Path)
	s.close(t)
}
