package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit/browser"
)

// TestPageInABrowser opens the page as a visitor would: it signs in with a demo
// account, asks, listens and stops, while nothing leaves the origin and nothing
// goes against the policy.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	server := newScript(t)
	visitor := browser.Open(t)

	visitor.Do(t, "open", browser.OpenGraphiQL(server.URL))
	require.Equal(t, []string{
		"SignIn", "LookAround", "PublishCoupon", "WatchStock", "ClaimCoupon", "RedeemCoupon", "WhatHappened",
		"TellWorry", "AskCards", "DataKinds",
	}, browser.Evaluate[[]string](t, visitor,
		`[...document.querySelectorAll(".graphiql-tab-button")].map((tab) => tab.textContent)`))

	visitor.Do(t, "sign in", browser.SignIn("Owner"))
	require.Equal(t,
		map[string]any{"email": "owner@moa.example", "password": "moa-demo-1234"},
		next(t, server.operations).Variables["input"])

	visitor.Do(t, "ask", browser.OpenTab("LookAround"), browser.Play(), browser.Answers("모아커피"))
	asked := next(t, server.operations)
	require.Equal(t, "LookAround", asked.OperationName)
	require.Equal(t, "Bearer token-1", asked.authorization)
	require.Equal(t, "커피", asked.Variables["words"])

	visitor.Do(t, "listen", browser.OpenTab("WatchStock"), browser.Play(), browser.Answers(`"remaining": 99`))
	require.Equal(t, map[string]string{"authorization": "Bearer token-1"}, next(t, server.inits))
	asked = next(t, server.operations)
	require.Equal(t, "WatchStock", asked.OperationName)
	require.Equal(t, map[string]any{"couponId": "cpn_1"}, asked.Variables, "the id that the query told")

	visitor.Do(t, "stop", browser.Stop())
	next(t, server.completed)

	visitor.RequirePeace(t, server.URL)
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(10 * time.Second):
		require.FailNow(t, "the page sent nothing")
		return *new(T)
	}
}
