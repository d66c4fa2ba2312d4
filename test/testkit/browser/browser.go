// Package browser opens pages in headless Chromium as a visitor would, and notices what the browser
// asked for and complained about.
package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Browser is one window that ends with the test.
type Browser struct {
	ctx context.Context // chromedp keeps the window itself in its context

	mu         sync.Mutex
	addresses  []string
	complaints []string
}

// Action is a step that a visitor takes or waits for.
type Action = chromedp.Action[chromedp.Void]

// Camera is a setting of [Open]: a camera and a microphone that show and say something made up, to every page
// that asks, and peers that may meet on this machine.
func Camera() []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	}
}

// Open starts Chromium with one empty window. Without Chromium it skips, and fails on CI.
func Open(t *testing.T, settings ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1440, 860), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true))
	options = append(options, settings...)
	// t.Context ends before the cleanups, and the browser is to be closed, not cut off.
	ctx, cancelAllocator := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancelAllocator)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	ctx, cancelTimeout := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancelTimeout)

	b := &Browser{ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.notice))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `globalThis.violations = [];
			addEventListener("securitypolicyviolation", (event) =>
				violations.push(event.violatedDirective + " " + event.blockedURI));`,
	})
	require.NoError(t, err)
	return b
}

func program(t *testing.T) string {
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

// notice remembers what the browser did and reported.
func (b *Browser) notice(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		b.addresses = append(b.addresses, event.Request.URL)
	case *network.EventWebSocketCreated:
		b.addresses = append(b.addresses, event.URL)
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+event.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError {
			b.complaints = append(b.complaints, "console: "+said(event.Args))
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			b.complaints = append(b.complaints, fmt.Sprintf("%s: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL))
		}
	}
}

// said returns the words that a page wrote to its console.
func said(args []*runtime.RemoteObject) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg.Description
		if len(arg.Value) > 0 {
			words[i] = string(arg.Value)
		}
	}
	return strings.Join(words, " ")
}

// Do takes steps in order; step names them when one of them fails.
func (b *Browser) Do(t *testing.T, step string, actions ...Action) {
	t.Helper()
	require.NoError(t, chromedp.Do(b.ctx, actions...), step)
}

// PhoneWidth is how wide the screen of [Phone] is, in pixels of CSS.
const PhoneWidth = 390

// Phone makes the window that of a phone, held upright and touched with fingers.
func Phone() Action {
	return chromedp.EmulateViewport(PhoneWidth, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)
}

// Evaluate returns the value of an expression in the page.
func Evaluate[T any](t *testing.T, b *Browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return value
}

// RequirePeace fails the test when a request left the origin, when something went against the page's
// policy, when a script threw or wrote an error to the console, or when no document or no socket of
// the origin was asked for at all.
func (b *Browser) RequirePeace(t *testing.T, origin string) {
	t.Helper()
	require.Empty(t, Evaluate[[]string](t, b, "globalThis.violations"), "against the policy")
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(t, b.complaints)
	own, err := url.Parse(origin)
	require.NoError(t, err)
	schemes := map[string]int{}
	for _, address := range b.addresses {
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

// Until waits for a condition, an expression that is true in the end. chromedp.Poll would make a
// function from text inside the page, which the policy forbids.
func Until(condition string) Action {
	wait := fmt.Sprintf(`new Promise((resolve) => {
		const look = () => %s ? resolve(true) : requestAnimationFrame(look);
		look();
	})`, condition)
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise)(ctx, target)
		return chromedp.Void{}, err
	}
}
