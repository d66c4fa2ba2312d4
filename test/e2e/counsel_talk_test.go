package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// talk is a session, and what its client has heard of it.
type talk struct {
	client
	session string

	mu     sync.Mutex
	cursor string
	texts  map[string]string // by message
	done   map[string]bool
	resets int
	wrong  []string
}

func startTalk(c client) (*talk, error) {
	a, err := c.ask(`mutation { startCounselSession(input: {kind: WORRY, worry: "고민이에요"}) { session { id } userErrors { code } } }`, nil)
	if err != nil {
		return nil, err
	}
	if err := a.refusal(); err != nil {
		return nil, err
	}
	id, err := a.at("startCounselSession.session.id")
	return &talk{client: c, session: id, texts: map[string]string{}, done: map[string]bool{}}, err
}

// follow listens until ctx ends; cut off, it comes back over the other transport.
func (k *talk) follow(ctx context.Context, over int) {
	listen := []func(client, string, map[string]any) (*stream, error){listenSocket, listenSSE}
	for n := over; ctx.Err() == nil; n++ {
		variables := map[string]any{"s": k.session}
		if k.cursor != "" {
			variables["after"] = k.cursor
		}
		s, err := listen[n%len(listen)](k.client, `subscription($s: ID!, $after: Cursor) {
			counselReply(sessionId: $s, after: $after) { cursor reset messageId delta done }
		}`, variables)
		if err == nil {
			k.read(ctx, s)
			s.close()
		}
		breathe(ctx)
	}
}

func (k *talk) read(ctx context.Context, s *stream) {
	for {
		select {
		case a := <-s.events:
			k.take(a)
		case <-ctx.Done():
			return
		case <-s.ended:
			for len(s.events) > 0 { // came before the end
				k.take(<-s.events)
			}
			return
		}
	}
}

// take adds an event to what was heard.
func (k *talk) take(a answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(a.Errors) > 0 {
		if a.code() != unavailable {
			k.wrong = append(k.wrong, a.String())
		}
		return
	}
	var event [4]string
	for i, field := range []string{"cursor", "reset", "messageId", "delta"} {
		event[i], _ = a.at("counselReply." + field) // what is null is not looked at
	}
	k.cursor = event[0]
	if event[1] == "true" {
		k.resets++
		clear(k.texts)
		clear(k.done)
		return
	}
	if k.done[event[2]] {
		k.wrong = append(k.wrong, "something comes after the end: "+a.String())
	}
	k.texts[event[2]] += event[3]
	if done, _ := a.at("counselReply.done"); done == "true" {
		k.done[event[2]] = true
	}
}

// begun returns nil once a word was heard, where a voice has said one, and is kept.
func (k *talk) begun() error {
	kept, err := k.kept()
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range kept {
		if m.text != k.texts[m.id] {
			return fmt.Errorf("%q is kept, and %q was heard", m.text, k.texts[m.id])
		}
	}
	return nil
}

// heardAll returns nil once both voices were heard to their end.
func (k *talk) heardAll() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.done) < 2 {
		return errors.New("a listener still waits for the end of a voice")
	}
	return nil
}

// saying is a reply as it is kept.
type saying struct{ id, text, status, failure string }

// kept returns the replies as they are kept.
func (k *talk) kept() ([]saying, error) {
	a, err := k.ask(`query($s: ID!) { counselSession(id: $s) { status messages { edges { node { id text status failure } } } } }`, map[string]any{"s": k.session})
	if err != nil {
		return nil, err
	}
	sayings := make([]saying, 2)
	for i := range sayings {
		var all [4]string
		for j, field := range []string{"id", "text", "status", "failure"} {
			if all[j], err = a.at(fmt.Sprintf("counselSession.messages.edges.%d.node.%s", i+1, field)); err != nil {
				return nil, err
			}
		}
		sayings[i] = saying{all[0], all[1], all[2], all[3]}
	}
	return sayings, nil
}

// requireTruth demands that what was heard is what is kept, and that it is the beginning of what the model says.
func (k *talk) requireTruth(t *testing.T, counts map[string]int) {
	t.Helper()
	kept, err := k.kept()
	require.NoError(t, err)
	k.mu.Lock()
	defer k.mu.Unlock()
	require.Empty(t, k.wrong)
	for _, m := range kept {
		require.Equal(t, m.text, k.texts[m.id], "without a gap, nothing twice")
		require.True(t, strings.HasPrefix(strings.Join(script(), ""), m.text), m.text)
		switch m.status {
		case "COMPLETED":
			require.Equal(t, strings.Join(script(), ""), m.text)
			counts["COMPLETED"]++
		case "FAILED":
			// On a slow machine a voice waits for longer at the gate than a model may take for a word.
			require.Equal(t, "INTERRUPTED", m.failure)
			counts["INTERRUPTED"]++
		default:
			require.Fail(t, "a reply does not come to rest", "%+v", m)
		}
	}
	counts["told reset"] += k.resets
}
