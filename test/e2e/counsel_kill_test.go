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
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/test/testkit"
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
	if testkit.RaceDetector { // all must speak before the first has waited as long as a model may take
		people = 25
	}
	moa(t, c.settings, "migrate")
	moa(t, c.settings, "seed", "-users", strconv.Itoa(people), "-tokens", tokens)
	text, err := os.ReadFile(tokens)
	require.NoError(t, err)
	c.front = newFront(t, replicas)
	for i := range c.servers {
		c.start(i)
	}
	words := strings.Fields(string(text))
	c.talks = make([]*talk, len(words))
	var starting errgroup.Group
	starting.SetLimit(20) // all must speak before the first has waited as long as a model may take
	for i, token := range words {
		starting.Go(func() (err error) {
			c.talks[i], err = startTalk(client{c.front.URL, token})
			return err
		})
	}
	require.NoError(t, starting.Wait())
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
		return nil
	}))
	var looking errgroup.Group
	looking.SetLimit(10)
	for _, one := range c.talks {
		looking.Go(func() error { return poll(patience, one.begun) })
	}
	require.NoError(c.t, looking.Wait())
	before := c.heard()
	c.model.murmur()
	require.NoError(c.t, poll(patience, func() error {
		if c.heard() == before {
			return errors.New("nobody hears the last words")
		}
		return nil
	}))
	c.servers[0].crash() // some of it was heard, and is not kept
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

// heard returns how much all listeners have heard, in bytes.
func (c *consultation) heard() (length int) {
	for _, one := range c.talks {
		one.mu.Lock()
		for _, text := range one.texts {
			length += len(text)
		}
		one.mu.Unlock()
	}
	return length
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
