package browser

import (
	"fmt"

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
	return chromedp.Steps(
		chromedp.Click(fmt.Sprintf(`//header//button[contains(., %q)]`, word)),
		chromedp.WaitVisible(fmt.Sprintf(`//header//button[contains(., %q) and @aria-pressed="true"]`, word)))
}

// OpenTab changes to a tab and waits until the editor has understood its text, which it does a moment
// after showing it.
func OpenTab(name string) Action {
	return chromedp.Steps(
		chromedp.Click(fmt.Sprintf(`//button[contains(@class, "graphiql-tab-button") and . = %q]`, name)),
		Until(fmt.Sprintf(`(() => {
			const { operations } = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
			return operations?.length === 1 && operations[0].name.value === %q;
		})()`, name)),
	)
}

// Play runs the operation of the tab.
func Play() Action { return chromedp.Click(".graphiql-execute-button") }

// Stop ends the subscription that runs.
func Stop() Action { return chromedp.Click(`.graphiql-execute-button[aria-label^="Stop"]`) }

// Answers waits until the response contains a part. It is a CodeMirror editor, whose text is not all
// in the DOM.
func Answers(part string) Action {
	return Until(fmt.Sprintf(
		`document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes(%q)`, part))
}
