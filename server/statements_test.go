package server_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// statements returns how many SQL statements were run so far.
func (m *moa) statements(t *testing.T) int {
	t.Helper()
	total := 0
	for _, match := range regexp.MustCompile(`moa_db_queries_total\{kind="\w+"\} (\d+)`).FindAllStringSubmatch(m.page(t, "/metrics"), -1) {
		n, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		total += n
	}
	return total
}

// page returns what a GET answers.
func (m *moa) page(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get(m.url + path)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// TestNestedReadsAreBatched holds the number of statements, whatever the sizes: a page of stores, each
// with its owner and its coupons, each of these with its store and owner.
func TestNestedReadsAreBatched(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_VIEWER_RATE=100000", "MOA_RESPONSE_CACHE=0")
	owner := m.as(t, "owner")
	now := time.Now().UTC()
	for i := range 24 {
		s := owner.must(t, `mutation($n: String!) { createStore(input: {name: $n, category: "카페"}) { store { id } userErrors { code } } }`, map[string]any{"n": fmt.Sprintf("가게 %d", i)})
		for j := range 6 {
			owner.must(t, `mutation($s: ID!, $t: String!, $now: DateTime!, $end: DateTime!) { createCoupon(input: {storeId: $s, title: $t, discount: {kind: AMOUNT, value: 1000}, quantity: 10, startsAt: $now, endsAt: $end, expiresAt: $end}) { coupon { id } userErrors { code } } }`,
				map[string]any{"s": s.get(t, "createStore.store.id"), "t": fmt.Sprintf("쿠폰 %d", j), "now": now.Format(time.RFC3339), "end": now.AddDate(0, 0, 3).Format(time.RFC3339)})
		}
	}
	const query = `query Nested($stores: Int!, $coupons: Int!) {
		stores(first: $stores) { edges { node { id name owner { id name }
			coupons(first: $coupons) { edges { node { id title remaining status store { id name owner { id name } } } } } } } } }`
	for _, size := range []struct{ stores, coupons int }{{2, 1}, {20, 5}, {24, 6}} {
		variables := map[string]any{"stores": size.stores, "coupons": size.coupons}
		fewest := 1000
		for range 20 { // background work runs statements of its own now and then
			before := m.statements(t)
			a := m.guest().must(t, query, variables)
			fewest = min(fewest, m.statements(t)-before)
			require.NotEmpty(t, a.get(t, fmt.Sprintf("stores.edges.%d.node.coupons.edges.%d.node.store.owner.name", size.stores-1, size.coupons-1)))
		}
		require.LessOrEqual(t, fewest, 3, "a statement a level: %+v", size)
		require.Positive(t, fewest)
	}
}
