package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit/browser"
)

// TestTwoBrowsersSeeEachOther opens the page of a call in two browsers with cameras. They find each other by
// what Moa carries and tells, and each shows the moving picture of the other, its words and a picture that it
// sent.
func TestTwoBrowsersSeeEachOther(t *testing.T) {
	t.Parallel()
	pages := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(pages.Close)
	m := start(t, "MOA_ALLOWED_ORIGINS="+pages.URL)
	address := func(c client, code string) string {
		return pages.URL + "/call.html#" + url.Values{"moa": {m.url}, "token": {c.token}, "code": {code}}.Encode()
	}
	asHost := m.as(t, "counselor")
	host, guest := browser.Open(t, browser.Camera()...), browser.Open(t, browser.Camera()...)

	host.Do(t, "open a room", chromedp.Navigate(address(asHost, "")))
	inCall(t, host, `call.code`)
	guest.Do(t, "join it", chromedp.Navigate(address(m.as(t, "user"), browser.Evaluate[string](t, host, `call.code`))))
	for _, side := range []*browser.Browser{host, guest} {
		inCall(t, side, `document.querySelector("#other").videoWidth > 0 && call.frames >= 5`)
		at := `document.querySelector("#other").currentTime`
		browser.Evaluate[float64](t, side, `globalThis.before = `+at)
		inCall(t, side, at+` >= before + 0.5`)
		inCall(t, side, `call.sent && call.got`)
	}
	require.Equal(t, "hello from the guest", browser.Evaluate[string](t, host, `call.greeting`))
	require.Equal(t, "hello from the host", browser.Evaluate[string](t, guest, `call.greeting`))
	digest := func(b *browser.Browser, which string) string { return browser.Evaluate[string](t, b, `call.`+which) }
	require.Equal(t, digest(host, "sent"), digest(guest, "got"), "the picture of the host")
	require.Equal(t, digest(guest, "sent"), digest(host, "got"), "the picture of the guest")

	asHost.must(t, leaveRoom, map[string]any{"room": browser.Evaluate[string](t, host, `call.room`)})
	inCall(t, guest, `call.closed`)
}

// inCall waits for a condition in the page of a call, or fails with what went wrong there.
func inCall(t *testing.T, b *browser.Browser, condition string) {
	t.Helper()
	b.Do(t, condition, browser.Until(`globalThis.call && (call.error || (`+condition+`))`))
	require.Empty(t, browser.Evaluate[string](t, b, `call.error`), condition)
}
