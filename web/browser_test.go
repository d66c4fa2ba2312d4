package web_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestPageInABrowser opens the page as a visitor would: it signs in with a demo
// account, asks, listens and stops, while nothing leaves the origin and nothing
// goes against the policy.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	server := newScript(t)
	ctx, seen := openBrowser(t)

	run(ctx, t, "open",
		chromedp.Navigate(server.URL),
		chromedp.WaitVisible(".graphiql-query-editor .CodeMirror"))
	require.Equal(t, []string{
		"SignIn", "LookAround", "PublishCoupon", "WatchStock", "ClaimCoupon", "RedeemCoupon", "WhatHappened",
	}, evaluate[[]string](ctx, t,
		`[...document.querySelectorAll(".graphiql-tab-button")].map((tab) => tab.textContent)`))

	run(ctx, t, "sign in",
		chromedp.Click(`//header//button[contains(., "Owner")]`),
		chromedp.WaitVisible(`//header//button[contains(., "Owner") and @aria-pressed="true"]`))
	require.Equal(t,
		map[string]any{"email": "owner@moa.example", "password": "moa-demo-1234"},
		next(t, server.operations).Variables["input"])

	run(ctx, t, "ask", openTab("LookAround"), chromedp.Click(".graphiql-execute-button"), answers("모아커피"))
	asked := next(t, server.operations)
	require.Equal(t, "LookAround", asked.OperationName)
	require.Equal(t, "Bearer token-1", asked.authorization)
	require.Equal(t, "커피", asked.Variables["words"])

	run(ctx, t, "listen", openTab("WatchStock"), chromedp.Click(".graphiql-execute-button"), answers(`"remaining": 99`))
	require.Equal(t, map[string]string{"authorization": "Bearer token-1"}, next(t, server.inits))
	asked = next(t, server.operations)
	require.Equal(t, "WatchStock", asked.OperationName)
	require.Equal(t, map[string]any{"couponId": "cpn_1"}, asked.Variables, "the id that the query told")

	run(ctx, t, "stop", chromedp.Click(`.graphiql-execute-button[aria-label^="Stop"]`))
	next(t, server.completed)

	require.Empty(t, evaluate[[]string](ctx, t, "globalThis.violations"))
	seen.requireOneOrigin(t, server.URL)
}

// sightings are what the browser did and reported.
type sightings struct {
	mu         sync.Mutex
	addresses  []string
	exceptions []string
}

func (s *sightings) notice(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		s.addresses = append(s.addresses, event.Request.URL)
	case *network.EventWebSocketCreated:
		s.addresses = append(s.addresses, event.URL)
	case *runtime.EventExceptionThrown:
		s.exceptions = append(s.exceptions, event.ExceptionDetails.Text)
	}
}

func (s *sightings) requireOneOrigin(t *testing.T, origin string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Empty(t, s.exceptions)
	own, err := url.Parse(origin)
	require.NoError(t, err)
	schemes := map[string]int{}
	for _, address := range s.addresses {
		asked, err := url.Parse(address)
		require.NoError(t, err)
		schemes[asked.Scheme]++
		if asked.Scheme != "data" {
			require.Equal(t, own.Host, asked.Host, address)
		}
	}
	require.Positive(t, schemes["http"])
	require.Positive(t, schemes["ws"])
}

func openBrowser(t *testing.T) (context.Context, *sightings) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1440, 860), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true))
	// t.Context ends before the cleanups, and the browser is to be closed, not cut off.
	ctx, cancelAllocator := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancelAllocator)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	ctx, cancelTimeout := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancelTimeout)

	seen := &sightings{}
	require.NoError(t, chromedp.Listen(ctx, seen.notice))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `globalThis.violations = [];
			addEventListener("securitypolicyviolation", (event) =>
				violations.push(event.violatedDirective + " " + event.blockedURI));`,
	})
	require.NoError(t, err)
	return ctx, seen
}

func browserPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium to open the page with")
	}
	t.Skip("no Chromium to open the page with")
	return ""
}

func run(ctx context.Context, t *testing.T, step string, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, actions...), step)
}

func evaluate[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return value
}

// openTab changes to a tab and waits until the editor has understood its text,
// which it does a moment after showing it.
func openTab(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.Click(fmt.Sprintf(`//button[contains(@class, "graphiql-tab-button") and . = %q]`, name)),
		until(fmt.Sprintf(`(() => {
			const { operations } = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
			return operations?.length === 1 && operations[0].name.value === %q;
		})()`, name)),
	)
}

// answers waits until the response contains a part. It is a CodeMirror editor,
// whose text is not all in the DOM.
func answers(part string) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf(
		`document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes(%q)`, part))
}

// until waits for a condition. chromedp.Poll would make a function from text
// inside the page, which the policy forbids.
func until(condition string) chromedp.Action[chromedp.Void] {
	wait := fmt.Sprintf(`new Promise((resolve) => {
		const look = () => %s ? resolve(true) : requestAnimationFrame(look);
		look();
	})`, condition)
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise)(ctx, target)
		return chromedp.Void{}, err
	}
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
