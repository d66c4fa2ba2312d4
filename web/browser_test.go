package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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

// TestPageOnAPhone: the answer is below the question, both as wide as the screen, and so are the docs.
func TestPageOnAPhone(t *testing.T) {
	t.Parallel()
	server := newScript(t)
	visitor := browser.Open(t)

	visitor.Do(t, "ask", browser.Phone(), browser.OpenGraphiQL(server.URL),
		browser.OpenTab("LookAround"), browser.Play(), browser.Answers("모아커피"))
	type box struct{ Left, Top, Width, Bottom float64 }
	at := func(selector string) box {
		return browser.Evaluate[box](t, visitor, fmt.Sprintf(`document.querySelector(%q).getBoundingClientRect().toJSON()`, selector))
	}
	question, answer := at(".graphiql-editors"), at(".graphiql-response")
	require.InDelta(t, browser.PhoneWidth, question.Width, 1)
	require.InDelta(t, browser.PhoneWidth, answer.Width, 1)
	require.GreaterOrEqual(t, answer.Top, question.Bottom)

	visitor.Do(t, "read the docs", chromedp.Click(`button[aria-label="Show Documentation Explorer"]`), chromedp.WaitVisible(".graphiql-doc-explorer"))
	docs := at(".graphiql-plugin")
	require.InDelta(t, 0, docs.Left, 1)
	require.InDelta(t, browser.PhoneWidth, docs.Width, 1)
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
