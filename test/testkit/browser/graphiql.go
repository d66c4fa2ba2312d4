package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// OpenGraphiQL goes to the page and waits until its editor can be used.
func OpenGraphiQL(address string) Action {
	return chromedp.Steps(
		chromedp.Navigate(address),
		chromedp.WaitVisible(".graphiql-query-editor .CodeMirror"))
}

// SignIn presses the button of a demo account, whose label contains the word, and waits until it is
// signed in.
func SignIn(word string) Action {
	return chromedp.Steps(chromedp.Click(fmt.Sprintf(`//header//button[contains(., %q)]`, word)), SignedIn(word))
}

// SignedIn waits until the tab asks as the account, or the guest, whose button contains the word.
func SignedIn(word string) Action {
	return chromedp.WaitVisible(fmt.Sprintf(`//header//button[contains(., %q) and @aria-pressed="true"]`, word))
}

// OpenTab changes to a tab, which is called after its first operation, and waits until the editor has understood
// its text, which it does a moment after showing it.
func OpenTab(name string) Action {
	return chromedp.Steps(
		chromedp.Click(fmt.Sprintf(`//button[contains(@class, "graphiql-tab-button") and . = %q]`, name)),
		Until(fmt.Sprintf(`(() => {
			const { operations } = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
			return operations?.[0]?.name.value === %q;
		})()`, name)),
	)
}

// Play runs the operation of the tab.
func Play() Action { return chromedp.Click(".graphiql-execute-button") }

// Choose runs one of several operations of the tab.
func Choose(operation string) Action {
	return chromedp.Steps(
		chromedp.Click(`.graphiql-execute-button[aria-haspopup="menu"]`),
		chromedp.Click(fmt.Sprintf(`//*[@role="menuitem" and . = %q]`, operation)),
	)
}

// Stop ends the subscription that runs.
func Stop() Action { return chromedp.Click(`.graphiql-execute-button[aria-label^="Stop"]`) }

// Answers waits until the response contains a part. It is a CodeMirror editor, whose text is not all
// in the DOM.
func Answers(part string) Action {
	return Until(fmt.Sprintf(
		`document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes(%q)`, part))
}

// Said waits until the page shows everything that these voices of a counselling session say.
func Said(authors ...string) Action {
	return Until(fmt.Sprintf(`(() => {
		const shown = document.querySelector(".result-window .CodeMirror").CodeMirror.getValue();
		const said = shown && JSON.parse(shown).extensions?.saidSoFar;
		return %q.split(" ").every((author) => said?.[author]?.done);
	})()`, strings.Join(authors, " ")))
}
