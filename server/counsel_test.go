package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

func TestAGuestIsHeardWithoutAnAccountAndWithoutAModel(t *testing.T) {
	t.Parallel()
	m := start(t)
	guest, session, a := m.guest().answered(t, "내일 면접이라 너무 떨려요")
	require.NotEmpty(t, guest.token)
	require.Equal(t, "COMPLETED", a.get(t, "counselSession.status"))
	require.Equal(t, "내일 면접이라 너무 떨려요", a.get(t, "counselSession.messages.edges.0.node.text"))
	require.Nil(t, a.get(t, "counselSession.messages.edges.0.node.usage"))
	for i, author := range []string{"FEELING", "THINKING"} {
		reply := fmt.Sprintf("counselSession.messages.edges.%d.node.", i+1)
		require.Equal(t, author, a.get(t, reply+"author"))
		require.NotEmpty(t, a.get(t, reply+"text"))
		require.Equal(t, "OFFLINE", a.get(t, reply+"usage.provider"))
		require.Contains(t, a.get(t, reply+"notice"), "언어 모델이 연결되어 있지 않아")
	}

	again := guest.must(t, startWorry, map[string]any{"w": "하나 더 있어요"})
	require.Nil(t, again.get(t, "startCounselSession.guestToken"), "the guest is known already")
	listed := guest.must(t, `{ counselSessions { edges { node { id } } } viewer { id } counselBudget { limit used } }`, nil)
	require.Equal(t, again.get(t, "startCounselSession.session.id"), listed.get(t, "counselSessions.edges.0.node.id"), "newest first")
	require.Equal(t, session, listed.get(t, "counselSessions.edges.1.node.id"))
	require.Nil(t, listed.get(t, "viewer"), "a guest is no user")
	require.InDelta(t, 15_000, listed.get(t, "counselBudget.limit"), 0)
}

// TestGuestsTakeTheirSessionsAlong signs guests up and in, with the token in the input and with it in the header.
func TestGuestsTakeTheirSessionsAlong(t *testing.T) {
	t.Parallel()
	m := start(t)
	m.guest().must(t, `mutation { signUp(input: {email: "known@moa.example", password: "a good long one", name: "이웃"}) { session { accessToken } userErrors { code } } }`, nil)
	enter := map[string]string{
		"signUp": `mutation($g: String) { enter: signUp(input: {email: "new%d@moa.example", password: "a good long one", name: "새 이웃", guestToken: $g}) { session { accessToken } userErrors { code } } }`,
		"signIn": `mutation($g: String) { enter: signIn(input: {email: "known@moa.example", password: "a good long one", guestToken: $g}) { session { accessToken } userErrors { code } } }`,
	}
	for i, c := range []struct {
		how    string
		header bool
	}{{"signUp", false}, {"signUp", true}, {"signIn", false}, {"signIn", true}} {
		t.Run(fmt.Sprintf("%s, header %v", c.how, c.header), func(t *testing.T) {
			t.Parallel()
			guest, session, before := m.guest().answered(t, "친구와 다퉜어요")
			asker, variables := m.guest(), map[string]any{"g": guest.token}
			if c.header {
				asker, variables = guest, nil
			}
			query := enter[c.how]
			if c.how == "signUp" {
				query = fmt.Sprintf(query, i)
			}
			entered := asker.must(t, query, variables)
			user := client{moa: m, token: entered.get(t, "enter.session.accessToken").(string), language: "ko"}
			kept := user.must(t, wholeTalk, map[string]any{"s": session})
			require.JSONEq(t, string(before.Data), string(kept.Data), "the user goes on where the guest was")
			require.Nil(t, guest.must(t, wholeTalk, map[string]any{"s": session}).get(t, "counselSession"), "the guest's token alone sees it no more")
			require.Empty(t, guest.must(t, `{ counselSessions { edges { node { id } } } }`, nil).get(t, "counselSessions.edges"))
		})
	}
	bad := m.guest().do(t, fmt.Sprintf(enter["signUp"], 9), map[string]any{"g": "not a token"})
	require.Equal(t, "INVALID_ARGUMENT", bad.code())
}

func TestNobodyElseSeesASession(t *testing.T) {
	t.Parallel()
	m := start(t)
	owner, session, a := m.as(t, "user").answered(t, "요즘 잠이 안 와요")
	message := a.get(t, "counselSession.messages.edges.1.node.id").(string)
	const nodes = `query($s: ID!, $m: ID!) { session: node(id: $s) { id ... on CounselSession { title } } message: node(id: $m) { id ... on CounselMessage { text } } }`
	ids := map[string]any{"s": session, "m": message}
	seen := owner.must(t, nodes, ids)
	require.Equal(t, "요즘 잠이 안 와요", seen.get(t, "session.title"))
	require.Equal(t, a.get(t, "counselSession.messages.edges.1.node.text"), seen.get(t, "message.text"))

	stranger, _, _ := m.guest().answered(t, "다른 고민이에요")
	for name, other := range map[string]client{
		"a guest": m.guest(), "a known guest": stranger, "a user": m.as(t, "owner"), "a counsellor": m.as(t, "counselor"), "an operator": m.as(t, "admin"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := other.must(t, nodes, ids)
			require.Nil(t, hidden.get(t, "session"))
			require.Nil(t, hidden.get(t, "message"))
			require.Nil(t, other.must(t, wholeTalk, ids).get(t, "counselSession"))
			for field, ask := range map[string]string{
				"sendCounselMessage":   `sendCounselMessage(input: {sessionId: $s, text: "안녕"}) { noun: message { id } userErrors { code } }`,
				"drawTarotCards":       `drawTarotCards(input: {sessionId: $s, positions: [1]}) { noun: session { id } userErrors { code } }`,
				"cancelCounselReply":   `cancelCounselReply(input: {sessionId: $s}) { noun: session { id } userErrors { code } }`,
				"renameCounselSession": `renameCounselSession(input: {id: $s, title: "내 것"}) { noun: session { id } userErrors { code } }`,
				"deleteCounselSession": `deleteCounselSession(input: {id: $s}) { noun: session { id } userErrors { code } }`,
				"shareCounselSession":  `shareCounselSession(input: {sessionId: $s}) { noun: share { url } userErrors { code } }`,
				"revokeCounselShare":   `revokeCounselShare(input: {sessionId: $s}) { noun: session { id } userErrors { code } }`,
			} {
				refused := other.do(t, `mutation($s: ID!) { `+ask+` }`, ids)
				require.Empty(t, refused.Errors, field)
				require.Nil(t, refused.get(t, field+".noun"), field)
				require.Equal(t, "COUNSEL_SESSION_NOT_FOUND", refused.get(t, field+".userErrors.0.code"), field)
			}
			rated := other.do(t, `mutation($m: ID!) { rateCounselMessage(input: {messageId: $m, rating: 1}) { message { id } userErrors { code } } }`, ids)
			require.Equal(t, "COUNSEL_MESSAGE_NOT_FOUND", rated.get(t, "rateCounselMessage.userErrors.0.code"))
			for _, live := range []string{`counselReply(sessionId: $s) { delta }`, `counselSessionChanged(sessionId: $s) { id }`} {
				s := other.subscribe(t, `subscription($s: ID!) { `+live+` }`, ids)
				refused := s.next(t)
				require.Equal(t, "INVALID_ARGUMENT", refused.code(), live)
				require.Equal(t, "COUNSEL_SESSION_NOT_FOUND", refused.Errors[0].Extensions["reason"], live)
				s.close(t)
			}
		})
	}
}

func TestBeyondTheBudgetTheOfflineCounsellorAnswersAndSaysSo(t *testing.T) {
	t.Parallel()
	settings := models(t, byVoice(
		llmtest.Answer{Deltas: []string{"모델의 말"}, Usage: &llmtest.Usage{Prompt: 700, Completion: 100}},
		llmtest.Answer{Deltas: []string{"모델의 말"}, Usage: &llmtest.Usage{Prompt: 700, Completion: 100}},
	))
	m := start(t, append(settings, "MOA_LLM_VIEWER_TOKENS=7000")...)
	user, _, a := m.as(t, "user").answered(t, "고민이에요")
	require.Equal(t, "CUSTOM", a.get(t, "counselSession.messages.edges.1.node.usage.provider"))
	require.InDelta(t, 700, a.get(t, "counselSession.messages.edges.1.node.usage.promptTokens"), 0)
	require.Nil(t, a.get(t, "counselSession.messages.edges.1.node.notice"))
	budget := user.must(t, `{ counselBudget { limit used remaining resetsAt } }`, nil)
	require.InDelta(t, 1600, budget.get(t, "counselBudget.used"), 0, "two replies of 800 tokens")
	require.InDelta(t, 5400, budget.get(t, "counselBudget.remaining"), 0)

	// One reply sets 3,100 tokens aside: only one of the next two fits.
	_, _, a = user.answered(t, "고민이 또 있어요")
	providers := []any{a.get(t, "counselSession.messages.edges.1.node.usage.provider"), a.get(t, "counselSession.messages.edges.2.node.usage.provider")}
	require.Equal(t, []any{"CUSTOM", "OFFLINE"}, providers)
	require.Contains(t, a.get(t, "counselSession.messages.edges.2.node.notice"), "오늘 쓸 수 있는 AI 이용량")
	require.Equal(t, "COMPLETED", a.get(t, "counselSession.status"))
	require.InDelta(t, 2400, user.must(t, `{ counselBudget { used } }`, nil).get(t, "counselBudget.used"), 0, "what is answered offline costs nothing")
}

func TestSessionsAreRenamedRatedListedAndDeleted(t *testing.T) {
	t.Parallel()
	m := start(t)
	user, session, a := m.as(t, "user").answered(t, "이직할까 고민이에요")
	day := a.get(t, "counselSession.startedOn").(string)
	reply := a.get(t, "counselSession.messages.edges.2.node.id")
	user.must(t, `mutation($s: ID!) { renameCounselSession(input: {id: $s, title: "이직"}) { session { id } userErrors { code } } }`, map[string]any{"s": session})
	user.must(t, `mutation($m: ID!) { rateCounselMessage(input: {messageId: $m, rating: 4}) { message { id } userErrors { code } } }`, map[string]any{"m": reply})
	a = user.must(t, wholeTalk, map[string]any{"s": session})
	require.Equal(t, "이직", a.get(t, "counselSession.title"))
	require.InDelta(t, 4, a.get(t, "counselSession.messages.edges.2.node.rating"), 0)
	refused := user.do(t, `mutation($m: ID!) { rateCounselMessage(input: {messageId: $m, rating: 6}) { message { id } userErrors { code } } }`, map[string]any{"m": reply})
	require.Equal(t, "COUNSEL_RATING_INVALID", refused.get(t, "rateCounselMessage.userErrors.0.code"))

	const list = `query($f: CounselSessionFilter) { counselSessions(filter: $f) { edges { node { id } } } }`
	for name, c := range map[string]struct {
		filter map[string]any
		want   int
	}{
		"its day":      {map[string]any{"from": day, "to": day, "kind": "WORRY", "status": "COMPLETED"}, 1},
		"before it":    {map[string]any{"to": "2020-01-01"}, 0},
		"another kind": {map[string]any{"kind": "TAROT"}, 0},
	} {
		require.Len(t, user.must(t, list, map[string]any{"f": c.filter}).get(t, "counselSessions.edges"), c.want, name)
	}
	user.must(t, `mutation($s: ID!) { deleteCounselSession(input: {id: $s}) { session { id } userErrors { code } } }`, map[string]any{"s": session})
	require.Nil(t, user.must(t, wholeTalk, map[string]any{"s": session}).get(t, "counselSession"))
	require.Empty(t, user.must(t, list, nil).get(t, "counselSessions.edges"))
}
