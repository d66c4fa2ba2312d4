package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// restPromise is how soon after a crash every session must have come to rest.
const restPromise = 20 * time.Second

// TestRepliesSurviveKills ends a process in the middle of a hundred conversations and starts it again on the
// same rows. Every session comes to rest, what is kept is the beginning of what the model said, and whoever
// listened has heard exactly that.
func TestRepliesSurviveKills(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		c := newConsultation(t, dir, 1, sqliteRows(t, filepath.Join(dir, "data")))
		c.killed()
	})
	t.Run("postgres and redis", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		database := emptyDatabase(t)
		redis := newRedis(t, dir)
		require.NoError(t, redis.start())
		c := newConsultation(t, dir, 2, postgresRows(t, database), "MOA_DATABASE_URL="+database, "MOA_REDIS_URL="+redis.url())
		c.killed()
	})
}

// consultation is many worries that are answered at once, by a model that says no more than it is let.
type consultation struct {
	t        *testing.T
	dir      string
	settings []string
	rows     *sql.DB
	front    *front
	servers  []*server
	model    *slowModel
	talks    []*talk
}

func newConsultation(t *testing.T, dir string, replicas int, rows *sql.DB, settings ...string) *consultation {
	t.Helper()
	model := &slowModel{}
	at, err := llmtest.Listen("127.0.0.1:0", model.answer)
	require.NoError(t, err)
	t.Cleanup(at.Close)
	model.Server = at
	c := &consultation{
		t: t, dir: dir, rows: rows, model: model, servers: make([]*server, replicas),
		settings: append(settings, "MOA_ADDR=127.0.0.1:0", "MOA_DATA_DIR="+filepath.Join(dir, "data"), "MOA_DATABASE_CONNS=12",
			"MOA_LLM_URL="+at.URL, "MOA_LLM_MODEL=test", "MOA_LLM_FIRST_TOKEN=120s", "MOA_LLM_SERVICE_TOKENS=100000000"),
	}
	people, tokens := choose(100, 500), filepath.Join(dir, "tokens")
	moa(t, c.settings, "migrate")
	moa(t, c.settings, "seed", "-users", strconv.Itoa(people), "-tokens", tokens)
	text, err := os.ReadFile(tokens)
	require.NoError(t, err)
	c.front = newFront(t, replicas)
	for i := range c.servers {
		c.start(i)
	}
	for _, token := range strings.Fields(string(text)) {
		c.talks = append(c.talks, startTalk(t, client{c.front.URL, token}))
	}
	return c
}

// start starts a replica, for the first time or again.
func (c *consultation) start(i int) {
	c.t.Helper()
	s, err := launch(filepath.Join(c.dir, fmt.Sprintf("replica%d", i)), c.settings)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { s.finish(c.t) })
	c.servers[i] = s
	c.front.set(i, s.url)
}

// killed kills the first replica while every voice speaks, starts it again, and looks at what became of it all.
func (c *consultation) killed() {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var listening sync.WaitGroup
	for i, one := range c.talks {
		listening.Go(func() { one.follow(ctx, i) })
	}
	require.NoError(c.t, poll(patience, func() error {
		if n := c.model.Streams(); n != 2*len(c.talks) {
			return fmt.Errorf("%d voices speak of %d", n, 2*len(c.talks))
		}
		for _, one := range c.talks {
			if err := one.begun(); err != nil {
				return err
			}
		}
		return nil
	}))
	c.model.murmur() // some of it is heard, and not kept any more
	c.servers[0].crash()
	c.model.release()
	c.start(0)
	begun := time.Now()
	require.NoError(c.t, poll(restPromise, func() error {
		var speaking int
		err := c.rows.QueryRow(`SELECT count(*) FROM counsel_sessions WHERE status = 'STREAMING'`).Scan(&speaking)
		if err == nil && speaking > 0 {
			err = fmt.Errorf("%d sessions do not come to rest", speaking)
		}
		return err
	}))
	c.t.Logf("all at rest %s after Moa was back", time.Since(begun).Round(time.Millisecond))
	counts := map[string]int{}
	for _, one := range c.talks {
		require.NoError(c.t, poll(patience, one.heardAll))
		one.requireTruth(c.t, counts)
	}
	cancel()
	listening.Wait()
	c.t.Logf("%v", counts)
	require.Positive(c.t, counts["COMPLETED"], "what nothing was kept of is said anew")
	require.Positive(c.t, counts["INTERRUPTED"], "what was kept stays")
}

// slowModel says numbers, a few of them until it is released.
type slowModel struct {
	*llmtest.Server
	mu    sync.Mutex
	gates []chan struct{}
	free  bool
}

// script is all that the model says, one word after the other.
func script() []string {
	words := make([]string, 40)
	for i := range words {
		words[i] = fmt.Sprintf("%d마디 ", i)
	}
	return words
}

// answer lets a third of the voices say nothing yet, and the others a word or two.
func (m *slowModel) answer(llmtest.Request) llmtest.Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	gate := make(chan struct{}, len(script()))
	if m.free {
		close(gate)
		return llmtest.Answer{Deltas: script(), Gate: gate}
	}
	for range len(m.gates) % 3 {
		gate <- struct{}{}
	}
	m.gates = append(m.gates, gate)
	return llmtest.Answer{Deltas: script(), Gate: gate}
}

// murmur lets every other voice say a word more.
func (m *slowModel) murmur() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 0; i < len(m.gates); i += 2 {
		m.gates[i] <- struct{}{}
	}
}

// release lets everybody say everything.
func (m *slowModel) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = true
	for _, gate := range m.gates {
		close(gate)
	}
}

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

func startTalk(t *testing.T, c client) *talk {
	t.Helper()
	a, err := c.ask(`mutation { startCounselSession(input: {kind: WORRY, worry: "고민이에요"}) { session { id } userErrors { code } } }`, nil)
	require.NoError(t, err)
	require.NoError(t, a.refusal())
	id, err := a.at("startCounselSession.session.id")
	require.NoError(t, err)
	return &talk{client: c, session: id, texts: map[string]string{}, done: map[string]bool{}}
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
			require.Equal(t, "INTERRUPTED", m.failure)
			counts["INTERRUPTED"]++
		default:
			require.Fail(t, "a reply does not come to rest", "%+v", m)
		}
	}
	counts["told reset"] += k.resets
}
