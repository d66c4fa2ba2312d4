package server_test

import (
	"encoding/json"
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
	couponID := shown(t, visitor).get(t, "createCoupon.coupon.id")
	visitor.Do(t, "watch", browser.OpenTab("WatchStock"), browser.Play(), browser.Answers(`"remaining": 100`))

	claimed := m.as(t, "user").must(t,
		`mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { coupon { remaining } } userErrors { code } } }`,
		map[string]any{"id": couponID})
	require.EqualValues(t, 99, claimed.get(t, "claimCoupon.claim.coupon.remaining"))

	visitor.Do(t, "see the stock fall", browser.Answers(`"remaining": 99`), browser.Stop())
	visitor.RequirePeace(t, m.url)
}

// TestTheReadyTabs plays what the one above leaves out, each operation as it stands in its tab.
func TestTheReadyTabs(t *testing.T) {
	t.Parallel()
	m := start(t)
	visitor := browser.Open(t)
	visitor.Do(t, "open", browser.OpenGraphiQL(m.url))

	visitor.Do(t, "sign in", browser.OpenTab("SignIn"), browser.Choose("SignIn"), browser.SignedIn("Owner"))
	visitor.Do(t, "who am I", browser.Choose("WhoAmI"), browser.Answers(`"name": "한여름"`))
	visitor.Do(t, "publish", browser.OpenTab("PublishCoupon"), browser.Play(), browser.Answers(`"status": "ACTIVE"`))
	visitor.Do(t, "claim", browser.OpenTab("ClaimCoupon"), browser.SignIn("Neighbour"), browser.Play(), browser.Answers(`"status": "UNUSED"`))
	visitor.Do(t, "redeem", browser.OpenTab("RedeemCoupon"), browser.SignIn("Owner"), browser.Play(), browser.Answers(`"status": "USED"`))
	visitor.Do(t, "what happened", browser.OpenTab("WhatHappened"), browser.Play(), browser.Answers(`"redeemed": 1`))

	visitor.Do(t, "ask what there is", browser.OpenTab("DataKinds"), browser.Choose("DataKinds"), browser.Answers(`"name": "orders"`))
	for _, question := range []string{"SalesOverTime", "SalesByStore"} {
		visitor.Do(t, question, browser.Choose(question), browser.Answers(`"csvUrl"`))
		require.Positive(t, shown(t, visitor).get(t, "analysis.totals.0"), question)
	}
	visitor.Do(t, "best sellers", browser.Choose("BestSellers"), browser.Answers(`"class": "A"`))
	visitor.Do(t, "save", browser.Choose("SaveDashboard"), browser.Answers(`"createDashboard"`))
	require.Positive(t, shown(t, visitor).get(t, "createDashboard.dashboard.widgets.1.result.totals.0"))
}

// TestTheReadyTabsOfAGuest tells a worry and has cards read without an account: the token that the first answer
// brings goes along from there.
func TestTheReadyTabsOfAGuest(t *testing.T) {
	t.Parallel()
	m := start(t)
	visitor := browser.Open(t)
	visitor.Do(t, "open", browser.OpenGraphiQL(m.url))

	visitor.Do(t, "tell", browser.OpenTab("TellWorry"), browser.Choose("TellWorry"), browser.Answers(`"guestToken": "`), browser.SignedIn("Guest"))
	bothAnswer := []browser.Action{browser.Choose("HearReply"), browser.Said("FEELING", "THINKING"), browser.Stop()}
	visitor.Do(t, "hear both", bothAnswer...)
	visitor.Do(t, "say more", browser.Choose("SayMore"), browser.Answers(`"author": "CLIENT"`))
	visitor.Do(t, "hear both again", bothAnswer...)
	visitor.Do(t, "read all", browser.Choose("WholeTalk"), browser.Answers(`"status": "COMPLETED"`))
	require.Len(t, shown(t, visitor).get(t, "counselSession.messages.edges"), 6)

	visitor.Do(t, "ask", browser.OpenTab("AskCards"), browser.Choose("AskCards"), browser.Answers(`"kind": "TAROT"`))
	require.Nil(t, shown(t, visitor).get(t, "startCounselSession.guestToken"), "still the same guest")
	visitor.Do(t, "hear the reader", browser.Choose("HearReader"), browser.Answers(`"offersCards": true`), browser.Stop())
	visitor.Do(t, "draw", browser.Choose("DrawCards"), browser.Answers(`"keywords"`))
	visitor.Do(t, "hear the reading", browser.Choose("HearReader"), browser.Said("TAROT"), browser.Stop())
	visitor.Do(t, "share", browser.Choose("ShareReading"), browser.Answers(`"url": "/s/`))
	visitor.RequirePeace(t, m.url)
}

// shown returns the answer that GraphiQL shows.
func shown(t *testing.T, visitor *browser.Browser) answer {
	t.Helper()
	var a answer
	text := browser.Evaluate[string](t, visitor, `document.querySelector(".result-window .CodeMirror").CodeMirror.getValue()`)
	require.NoError(t, json.Unmarshal([]byte(text), &a), text)
	return a
}
