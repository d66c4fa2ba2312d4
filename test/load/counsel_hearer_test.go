package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// conversation is what many listeners have measured.
type conversation struct {
	first, later Summary
	pieces       int
}

// hearAll has worries told, so many at once, and demands that everybody hears everything.
func hearAll(t *testing.T, atOnce int, worries []string, tell func(i int, worry string, h *hearer) error) conversation {
	t.Helper()
	var telling errgroup.Group
	telling.SetLimit(atOnce)
	hearers := make([]*hearer, len(worries))
	for i, worry := range worries {
		hearers[i] = &hearer{begun: time.Now(), texts: map[string]string{}, done: make(chan struct{})}
		telling.Go(func() error {
			hearers[i].begun = time.Now()
			return tell(i, worry, hearers[i])
		})
	}
	require.NoError(t, telling.Wait())
	var c conversation
	var first, later []time.Duration
	for _, h := range hearers {
		require.Empty(t, h.wrong)
		for _, text := range h.texts {
			_, said := llmtest.Stamps(text)
			require.Equal(t, answerText, said, "every piece once and in order")
		}
		require.Len(t, h.texts, 2)
		first, later, c.pieces = append(first, h.first), append(later, h.later...), c.pieces+h.pieces
	}
	c.first, c.later = Summarize(first), Summarize(later)
	return c
}

// hearer puts together what two voices say, and notes how late each piece is.
type hearer struct {
	begun  time.Time
	first  time.Duration // until the first word, without what the model took to think
	later  []time.Duration
	pieces int
	wrong  string

	mu    sync.Mutex
	texts map[string]string // by voice
	ended int
	done  chan struct{} // closed after the end of both
}

// hear takes a piece of a voice.
func (h *hearer) hear(voice, delta string, end bool) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	sent, _ := llmtest.Stamps(delta)
	if h.pieces == 0 && len(sent) > 0 {
		h.first = now.Sub(h.begun) - thinks
	}
	if h.texts[voice] != "" { // the first piece of a voice may have been said before the listener had come
		for _, at := range sent {
			h.later = append(h.later, now.Sub(at))
		}
	}
	h.pieces += len(sent)
	h.texts[voice] += delta
	if end {
		if h.ended++; h.ended == 2 {
			close(h.done)
		}
	}
}

// wait waits until both voices have ended.
func (h *hearer) wait() error {
	select {
	case <-h.done:
		return nil
	case <-time.After(patience):
		return errors.New("a voice does not come to its end")
	}
}

// tell starts a session on one replica and listens to it on another, where there are two.
func (town *town) tell(t *testing.T, i int, token, worry string, h *hearer) error {
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	here, there := town.urls[i%len(town.urls)], town.urls[(i+1)%len(town.urls)]
	reply := town.driver.Ask(ctx, Call{URL: here, Token: token, Body: body(t,
		`mutation($w: String!) { startCounselSession(input: {kind: WORRY, worry: $w}) { session { id } userErrors { code } } }`, map[string]any{"w": worry})})
	var started struct {
		Data struct {
			StartCounselSession struct{ Session struct{ ID string } }
		}
	}
	if err := json.Unmarshal(reply.Body, &started); err != nil || started.Data.StartCounselSession.Session.ID == "" {
		return fmt.Errorf("the session does not start: %w %w %s", err, reply.Err, reply.Body)
	}
	listening := Call{URL: there, Token: token, Body: body(t, `subscription($s: ID!) { counselReply(sessionId: $s) { reset author delta done status } }`,
		map[string]any{"s": started.Data.StartCounselSession.Session.ID})}
	err := overSocket(ctx, listening, func(event []byte) {
		var said struct {
			Payload struct {
				Data struct {
					CounselReply *struct {
						Reset, Done           bool
						Author, Delta, Status string
					}
				}
			}
		}
		_ = json.Unmarshal(event, &said) // what cannot be read is nothing that was said
		switch e := said.Payload.Data.CounselReply; {
		case e == nil && strings.Contains(string(event), `"complete"`):
		case e == nil || e.Reset || e.Done && e.Status != "COMPLETED":
			h.mu.Lock()
			h.wrong = string(event)
			h.mu.Unlock()
		default:
			h.hear(e.Author, e.Delta, e.Done)
		}
	})
	if err != nil {
		return err
	}
	return h.wait()
}
