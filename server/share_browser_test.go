package server_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit/browser"
)

// TestASharedReadingOnAPhone opens the link to a reading as somebody does who got it in a chat: three cards stand
// side by side as they are cut, nothing has to be pushed sideways, and the page keeps to its policy.
func TestASharedReadingOnAPhone(t *testing.T) {
	t.Parallel()
	m := start(t)
	token := m.guest().sharedReading(t)
	visitor := browser.Open(t)

	visitor.Do(t, "open", browser.Phone(), chromedp.Navigate(m.url+"/s/"+token), chromedp.WaitVisible("article.TAROT"),
		browser.Until(`[...document.images].every((card) => card.complete)`))
	cards := browser.Evaluate[[]struct{ Width, Height, Top, NaturalWidth, NaturalHeight float64 }](t, visitor, `
		[...document.images].map((card) => {
			const { width, height, top } = card.getBoundingClientRect();
			return { width, height, top, naturalWidth: card.naturalWidth, naturalHeight: card.naturalHeight };
		})`)
	require.Len(t, cards, 3)
	for _, card := range cards {
		require.Positive(t, card.NaturalWidth, "the picture was let in")
		require.InDelta(t, card.NaturalHeight/card.NaturalWidth, card.Height/card.Width, 0.01)
		require.InDelta(t, cards[0].Top, card.Top, 1, "side by side")
	}
	require.LessOrEqual(t, browser.Evaluate[float64](t, visitor, `document.documentElement.scrollWidth`), float64(browser.PhoneWidth))
	require.Empty(t, browser.Evaluate[[]string](t, visitor, `globalThis.violations`))
}

// sharedReading asks the cards about a worry that is clear from the beginning, and shares what they say.
func (c client) sharedReading(t *testing.T) (token string) {
	t.Helper()
	c.language = "ko"
	begun := c.must(t, `mutation {
		startCounselSession(input: {kind: TAROT, worry: "이직 제안을 받았는데 지금 회사에 남을지 옮길지 도무지 마음을 정하지 못하겠어요."}) {
			session { id } guestToken userErrors { code }
		}
	}`, nil)
	c.token = begun.get(t, "startCounselSession.guestToken").(string)
	session := map[string]any{"s": begun.get(t, "startCounselSession.session.id")}
	listen := func() {
		s := c.subscribe(t, hearReply, session)
		(&heard{}).untilEnds(t, 1, s.next)
		s.close(t)
	}
	listen()
	c.must(t, `mutation($s: ID!) { drawTarotCards(input: {sessionId: $s, positions: [7, 21, 40]}) { cards { position } userErrors { code } } }`, session)
	listen()
	return c.must(t, shareIt, session).get(t, "shareCounselSession.share.token").(string)
}
