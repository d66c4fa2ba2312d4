package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOperatorsCountCounselling asks and watches after each change: a kept answer never outlives it.
func TestOperatorsCountCounselling(t *testing.T) {
	t.Parallel()
	m := start(t)
	today := time.Now().In(time.FixedZone("Asia/Seoul", 9*60*60)).Format(time.DateOnly)
	admin := m.as(t, "admin")
	const asked = `($d: Date!) { analysis(input: {data: "counsel", measures: ["sessions", "messages", "replies", "finished_replies", "clients", "average_rating"], period: {from: $d, to: $d}}) { totals } }`
	live := admin.subscribe(t, "subscription"+asked, map[string]any{"d": today})
	defer live.close(t)
	counts := func(want ...any) {
		t.Helper()
		a := admin.must(t, "query"+asked, map[string]any{"d": today})
		require.Equal(t, want, a.get(t, "analysis.totals"))
		for !assert.ObjectsAreEqual(want, live.next(t).get(t, "analysis.totals")) {
		}
	}
	const none = 0.0
	counts(none, none, none, none, none, nil)
	guest, _, a := m.guest().answered(t, "내일 면접이라 너무 떨려요")
	counts(1.0, 1.0, 2.0, 2.0, 1.0, nil)
	guest.must(t, `mutation($m: ID!) { rateCounselMessage(input: {messageId: $m, rating: 4}) { message { id } userErrors { code } } }`,
		map[string]any{"m": a.get(t, "counselSession.messages.edges.1.node.id")})
	counts(1.0, 1.0, 2.0, 2.0, 1.0, 4.0)
	user, _, _ := m.as(t, "user").answered(t, "요즘 잠이 안 와요")
	counts(2.0, 2.0, 4.0, 4.0, 2.0, 4.0)
	user.must(t, `mutation { deleteAccount(input: {password: "moa-demo-1234"}) { user { id } userErrors { code } } }`, nil)
	counts(1.0, 1.0, 2.0, 2.0, 1.0, 4.0)
}
