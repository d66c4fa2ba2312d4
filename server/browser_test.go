package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit/browser"
)

// TestGraphiQLOfARunningMoa takes the first steps of a developer on the page that Moa serves: signs in
// with a button, plays the ready tabs, and watches the stock fall while a neighbour claims elsewhere.
func TestGraphiQLOfARunningMoa(t *testing.T) {
	t.Parallel()
	m := start(t)
	visitor := browser.Open(t)

	visitor.Do(t, "open and sign in", browser.OpenGraphiQL(m.url), browser.SignIn("Owner"))
	visitor.Do(t, "look around", browser.OpenTab("LookAround"), browser.Play(), browser.Answers("느린하루 커피"))
	visitor.Do(t, "publish", browser.OpenTab("PublishCoupon"), browser.Play(), browser.Answers(`"status": "ACTIVE"`))
	couponID := browser.Evaluate[string](t, visitor,
		`JSON.parse(document.querySelector(".result-window .CodeMirror").CodeMirror.getValue()).data.createCoupon.coupon.id`)
	visitor.Do(t, "watch", browser.OpenTab("WatchStock"), browser.Play(), browser.Answers(`"remaining": 100`))

	claimed := m.as(t, "user").must(t,
		`mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { coupon { remaining } } userErrors { code } } }`,
		map[string]any{"id": couponID})
	require.EqualValues(t, 99, claimed.get(t, "claimCoupon.claim.coupon.remaining"))

	visitor.Do(t, "see the stock fall", browser.Answers(`"remaining": 99`), browser.Stop())
	visitor.RequirePeace(t, m.url)
}
