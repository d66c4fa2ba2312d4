package server_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// visit opens an address of Moa's as a stranger's browser does, and returns the status, the headers and the page.
func (m *moa) visit(t testing.TB, address string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, m.url+address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

const shareIt = `mutation($s: ID!) { shareCounselSession(input: {sessionId: $s}) { share { url token expiresAt kakao { title description imageUrl linkUrl buttonTitle } } userErrors { code } } }`

func TestAResultIsSharedByALinkAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := start(t, "MOA_DATA_DIR="+dir, "MOA_PUBLIC_URL=https://moa.example")
	user, session, a := m.as(t, "user").answered(t, "회사에서 상사와 크게 다퉜어요")
	comfort := a.get(t, "counselSession.messages.edges.1.node.text").(string)
	shared := user.must(t, shareIt, map[string]any{"s": session})
	token := shared.get(t, "shareCounselSession.share.token").(string)
	require.Equal(t, "https://moa.example/s/"+token, shared.get(t, "shareCounselSession.share.url"))
	expires, err := time.Parse(time.RFC3339, shared.get(t, "shareCounselSession.share.expiresAt").(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 30), expires, time.Minute)
	kakao := shared.get(t, "shareCounselSession.share.kakao").(map[string]any)
	require.Equal(t, "두 목소리의 답", kakao["title"])
	require.Equal(t, "https://moa.example/s/"+token, kakao["linkUrl"])
	require.Equal(t, "결과 보기", kakao["buttonTitle"])
	require.Equal(t, "https://moa.example/cards/17.png", kakao["imageUrl"])
	require.NotEmpty(t, kakao["description"])
	require.JSONEq(t, string(shared.Data), string(user.must(t, shareIt, map[string]any{"s": session}).Data), "again: the link that works")

	response, page := m.visit(t, "/s/"+token)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
	require.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "private, no-store", response.Header.Get("Cache-Control"))
	require.Contains(t, page, `<meta property="og:title" content="두 목소리의 답">`)
	require.Contains(t, page, `<meta property="og:image" content="https://moa.example/cards/17.png">`)
	require.Regexp(t, `<meta property="og:description" content="[^"]{10,}">`, page)
	require.Contains(t, page, strings.SplitN(comfort, "\n", 2)[0][:12], "what the voices said is there")
	require.NotContains(t, page, "이웃", "nothing of who shared it")
	require.NotContains(t, strings.ReplaceAll(page, comfort, ""), `class="CLIENT"`, "and no word of the client as such")

	user.must(t, `mutation($s: ID!) { revokeCounselShare(input: {sessionId: $s}) { session { share { url } } userErrors { code } } }`, map[string]any{"s": session})
	response, page = m.visit(t, "/s/"+token)
	require.Equal(t, http.StatusNotFound, response.StatusCode)
	require.NotContains(t, page, "class=\"FEELING\"")
	require.NotContains(t, page, "og:", "previews of the link show nothing")
	require.Contains(t, page, "closes them sooner")

	second := user.must(t, shareIt, map[string]any{"s": session}).get(t, "shareCounselSession.share.token").(string)
	require.NotEqual(t, token, second, "a link that was revoked does not come back")
	_, err = rowsOf(t, dir).Exec(`UPDATE counsel_shares SET expires_at = ? WHERE revoked_at IS NULL`, time.Now().UTC().Add(-time.Second))
	require.NoError(t, err)
	response, _ = m.visit(t, "/s/"+second)
	require.Equal(t, http.StatusNotFound, response.StatusCode, "it is too old")
	third := user.must(t, shareIt, map[string]any{"s": session}).get(t, "shareCounselSession.share.token").(string)
	response, _ = m.visit(t, "/s/"+third)
	require.Equal(t, http.StatusOK, response.StatusCode)
	user.must(t, `mutation($s: ID!) { deleteCounselSession(input: {id: $s}) { session { id } userErrors { code } } }`, map[string]any{"s": session})
	response, _ = m.visit(t, "/s/"+third)
	require.Equal(t, http.StatusNotFound, response.StatusCode, "the session is gone")
	response, _ = m.visit(t, "/s/unknown")
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

// TestATarotReadingIsDrawnAndShared talks with the reader until the cards are offered, and draws.
func TestATarotReadingIsDrawnAndShared(t *testing.T) {
	t.Parallel()
	m := start(t)
	guest := m.guest()
	guest.language = "ko"
	begun := guest.must(t, `mutation { startCounselSession(input: {kind: TAROT}) { session { id } guestToken userErrors { code } } }`, nil)
	guest.token = begun.get(t, "startCounselSession.guestToken").(string)
	session := map[string]any{"s": begun.get(t, "startCounselSession.session.id")}
	settled := func() answer {
		s := guest.subscribe(t, hearReply, session)
		(&heard{}).untilEnds(t, 1, s.next)
		s.close(t)
		return guest.must(t, wholeTalk, session)
	}
	a := settled()
	early := guest.do(t, `mutation($s: ID!) { drawTarotCards(input: {sessionId: $s, positions: [3]}) { cards { position } userErrors { code } } }`, session)
	require.Equal(t, "COUNSEL_CARDS_NOT_OFFERED", early.get(t, "drawTarotCards.userErrors.0.code"))
	for range 5 {
		if a.get(t, "counselSession.status") == "CARDS_OFFERED" {
			break
		}
		guest.must(t, `mutation($s: ID!) { sendCounselMessage(input: {sessionId: $s, text: "이번 면접에 붙을 수 있을지 너무 궁금해요. 카드를 뽑고 싶어요."}) { message { id } userErrors { code } } }`, session)
		a = settled()
	}
	require.Equal(t, "CARDS_OFFERED", a.get(t, "counselSession.status"))
	drawn := guest.must(t, `mutation($s: ID!) { drawTarotCards(input: {sessionId: $s, positions: [3, 14, 15]}) { cards { position reversed meaning card { index name imageUrl } } userErrors { code } } }`, session)
	require.Len(t, drawn.get(t, "drawTarotCards.cards"), 3)
	require.InDelta(t, 14, drawn.get(t, "drawTarotCards.cards.1.position"), 0)
	require.Equal(t, "ENDED", settled().get(t, "counselSession.status"))
	cards := guest.must(t, `query($s: ID!) { counselSession(id: $s) { cards { position reversed meaning card { index name imageUrl } } } }`, session)
	require.Equal(t, drawn.get(t, "drawTarotCards.cards"), cards.get(t, "counselSession.cards"))

	token := guest.must(t, shareIt, session).get(t, "shareCounselSession.share.token").(string)
	response, page := m.visit(t, "/s/"+token)
	require.Equal(t, http.StatusOK, response.StatusCode)
	for i := range 3 {
		name := cards.get(t, "counselSession.cards."+string(rune('0'+i))+".card.name").(string)
		require.Contains(t, page, name)
	}
	picture := regexp.MustCompile(`og:image" content="([^"]+)"`).FindStringSubmatch(page)
	require.Len(t, picture, 2)
	require.Equal(t, m.url, picture[1][:len(m.url)], "previews want whole addresses")
	response, _ = m.visit(t, picture[1][len(m.url):])
	require.Equal(t, "image/png", response.Header.Get("Content-Type"))
	require.NotContains(t, page, "궁금해요. 카드를", "what the client said is not there")
}

func TestTheDeckHas78CardsWithPictures(t *testing.T) {
	t.Parallel()
	m := start(t)
	korean := m.guest()
	korean.language = "ko"
	a := korean.must(t, `{ tarotCards { index name arcana suit number keywords upright reversed imageUrl } }`, nil)
	require.Len(t, a.get(t, "tarotCards"), 78)
	require.Equal(t, "MAJOR", a.get(t, "tarotCards.21.arcana"))
	require.Nil(t, a.get(t, "tarotCards.21.suit"))
	require.Equal(t, "WANDS", a.get(t, "tarotCards.22.suit"))
	require.NotEqual(t, m.guest().must(t, `{ tarotCards { name } }`, nil).get(t, "tarotCards.0.name"), a.get(t, "tarotCards.0.name"), "in the reader's language")
	for _, i := range []string{"0", "21", "22", "77"} {
		address := strings.TrimPrefix(a.get(t, "tarotCards."+i+".imageUrl").(string), m.url)
		response, picture := m.visit(t, address)
		require.Equal(t, http.StatusOK, response.StatusCode, address)
		require.Equal(t, "image/svg+xml", response.Header.Get("Content-Type"))
		require.Contains(t, picture, "<svg")
		response, picture = m.visit(t, strings.TrimSuffix(address, ".svg")+".png")
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.True(t, strings.HasPrefix(picture, "\x89PNG"))
	}
}
