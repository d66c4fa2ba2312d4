package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

const (
	startWorry = `mutation($w: String!) { startCounselSession(input: {kind: WORRY, worry: $w}) { session { id status } guestToken userErrors { code } } }`
	hearReply  = `subscription($s: ID!, $after: Cursor) { counselReply(sessionId: $s, after: $after) { cursor reset messageId author delta done status offersCards } }`
	wholeTalk  = `query($s: ID!) { counselSession(id: $s) { id kind status title language startedOn
		crisis { text lines { name phone note url } } share { url }
		messages { edges { node { id author text status failure notice rating usage { promptTokens completionTokens provider } crisis { lines { phone } } } } } } }`
)

// models returns the settings of a Moa whose language model follows a script.
func models(t testing.TB, script ...llmtest.Handler) []string {
	t.Helper()
	return []string{"MOA_LLM_URL=" + llmtest.New(t, script...).URL, "MOA_LLM_MODEL=test"}
}

// byVoice scripts the model for the two voices that answer a worry in Korean.
func byVoice(feeling, thinking llmtest.Answer) llmtest.Handler {
	return func(r llmtest.Request) llmtest.Answer {
		if strings.Contains(r.System(), "마음'입니다") {
			return feeling
		}
		return thinking
	}
}

// worry starts a session and returns it, with the client that may see it.
func (c client) worry(t testing.TB, text string) (client, string) {
	t.Helper()
	c.language = "ko"
	a := c.must(t, startWorry, map[string]any{"w": text})
	require.Equal(t, "STREAMING", a.get(t, "startCounselSession.session.status"))
	if token, ok := a.get(t, "startCounselSession.guestToken").(string); ok {
		c.token = token
	}
	return c, a.get(t, "startCounselSession.session.id").(string)
}

// answered starts a session, waits until all voices have answered, and returns it as it stands then.
func (c client) answered(t testing.TB, text string) (client, string, answer) {
	t.Helper()
	c, session := c.worry(t, text)
	h := &heard{}
	s := c.subscribe(t, hearReply, map[string]any{"s": session})
	h.untilEnds(t, 2, s.next)
	s.close(t)
	return c, session, c.must(t, wholeTalk, map[string]any{"s": session})
}

// heard is what a listener has put together.
type heard struct {
	texts, ends map[string]string // by voice
	events      []string          // as they came
	cursor      string
	resets      int
}

// take takes an event and returns whose it is.
func (h *heard) take(t testing.TB, a answer) string {
	t.Helper()
	require.Empty(t, a.Errors)
	h.events = append(h.events, string(a.Data))
	h.cursor = a.get(t, "counselReply.cursor").(string)
	if a.get(t, "counselReply.reset") == true {
		h.resets++
		h.texts, h.ends = nil, nil
		return ""
	}
	if h.texts == nil {
		h.texts, h.ends = map[string]string{}, map[string]string{}
	}
	author := a.get(t, "counselReply.author").(string)
	require.NotContains(t, h.ends, author, "nothing comes after the end")
	h.texts[author] += a.get(t, "counselReply.delta").(string)
	if a.get(t, "counselReply.done") == true {
		h.ends[author] = a.get(t, "counselReply.status").(string)
	}
	return author
}

// untilEnds listens until so many voices have come to their end.
func (h *heard) untilEnds(t testing.TB, voices int, next func(testing.TB) answer) {
	t.Helper()
	for len(h.ends) < voices {
		h.take(t, next(t))
	}
}

// events are one subscription over server-sent events.
type events struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

// follow opens a live field over server-sent events.
func (c client) follow(t testing.TB, query string, variables map[string]any) events {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	body := marshal(t, map[string]any{"query": query, "variables": variables})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	require.Equal(t, http.StatusOK, response.StatusCode)
	return events{body: response.Body, lines: bufio.NewScanner(response.Body)}
}

// next returns the next event.
func (e events) next(t testing.TB) answer {
	t.Helper()
	for e.lines.Scan() {
		if data, ok := bytes.CutPrefix(e.lines.Bytes(), []byte("data: ")); ok && len(data) > 0 {
			var a answer
			require.NoError(t, json.Unmarshal(data, &a), "%s", data)
			return a
		}
	}
	require.FailNow(t, "the stream has ended", "%v", e.lines.Err())
	return answer{}
}
