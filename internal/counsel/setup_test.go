package counsel_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/test/testkit"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// clock tells the time that a test wants, and goes on from there.
type clock struct {
	mu    sync.Mutex
	shift time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.shift)
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift = time.Until(t)
}

// bundle is a process with everything that counselling stands on.
type bundle struct {
	*counsel.Service
	t      testing.TB
	db     *db.DB
	bus    bus.Bus
	clock  *clock
	person *ent.User
	// ctx is that of the person, who speaks Korean.
	ctx context.Context
	// stop ends the process, and returns once it has ended.
	stop func()
}

// setup runs a process over the database, with a language model where there is a script.
func setup(t testing.TB, d *db.DB, script ...llmtest.Handler) *bundle {
	t.Helper()
	var tune []func(*counsel.Deps)
	if len(script) > 0 {
		tune = append(tune, withModel(t, llmtest.New(t, script...)))
	}
	return assemble(t, d, testkit.Bus(t), tune...)
}

func withModel(t testing.TB, server *llmtest.Server) func(*counsel.Deps) {
	t.Helper()
	model, err := llm.New(llm.Options{BaseURL: server.URL, Model: "test", MaxRetries: -1})
	require.NoError(t, err)
	t.Cleanup(model.Close)
	return func(deps *counsel.Deps) { deps.Model = model }
}

// assemble runs one more process over the database and the bus.
func assemble(t testing.TB, d *db.DB, carrier bus.Bus, tune ...func(*counsel.Deps)) *bundle {
	t.Helper()
	b := stopped(t, d, carrier, tune...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(b.stop)
	return b
}

// stopped builds a process that does not run: what it begins is left to others.
func stopped(t testing.TB, d *db.DB, carrier bus.Bus, tune ...func(*counsel.Deps)) *bundle {
	t.Helper()
	book, err := words.New()
	require.NoError(t, err)
	keeper, err := vault.NewLocalKeeper(bytes.Repeat([]byte("k"), 32))
	require.NoError(t, err)
	log := event.NewLog(d, carrier, event.Options{})
	testkit.Run(t, log.Run)
	clock := &clock{}
	deps := counsel.Deps{
		DB: d, Bus: carrier, Events: log, Words: book, PublicURL: "https://moa.example",
		Vault: vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{keeper}}),
		NewGuest: func(context.Context) (string, string, error) {
			id := "gst_" + ulid.Make().String()
			return id, "token of " + id, nil
		},
		Now: clock.Now,
	}
	for _, change := range tune {
		change(&deps)
	}
	b := &bundle{Service: counsel.New(deps), t: t, db: d, bus: carrier, clock: clock, person: testkit.Person(t, d, user.RoleUSER)}
	b.ctx = korean(testkit.As(t, b.person))
	return b
}

func korean(ctx context.Context) context.Context { return viewer.WithLanguage(ctx, language.Korean) }

// guest returns a context in which a guest asks who may become known.
func guest(t testing.TB) context.Context {
	t.Helper()
	return korean(viewer.With(t.Context(), viewer.Viewer{}))
}

// start begins a session of the person.
func (b *bundle) start(kind counselsession.Kind, worry string) *ent.CounselSession {
	b.t.Helper()
	input := counsel.StartInput{Kind: kind}
	if worry != "" {
		input.Worry = &worry
	}
	started, err := b.Start(b.ctx, input)
	require.NoError(b.t, err)
	require.Nil(b.t, started.GuestToken)
	return started.Session
}

// send says something in a session.
func (b *bundle) send(session, text string) *ent.CounselMessage {
	b.t.Helper()
	m, err := b.Send(b.ctx, counsel.SendInput{SessionID: session, Text: text})
	require.NoError(b.t, err)
	return m
}

// ear follows a session and puts together what it hears.
type ear struct {
	t      testing.TB
	events <-chan *counsel.ReplyEvent
	cancel context.CancelFunc
	texts  map[counselmessage.Author]string
	ends   map[counselmessage.Author]*counsel.ReplyEvent
	cursor string
	resets int
}

// listen follows a session, from a cursor on if there is one.
func (b *bundle) listen(ctx context.Context, session, after string) *ear {
	b.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	b.t.Cleanup(cancel)
	var from *string
	if after != "" {
		from = &after
	}
	events, err := b.WatchReply(ctx, session, from)
	require.NoError(b.t, err)
	return &ear{
		t: b.t, events: events, cancel: cancel, cursor: after,
		texts: map[counselmessage.Author]string{}, ends: map[counselmessage.Author]*counsel.ReplyEvent{},
	}
}

// hear takes the next event.
func (e *ear) hear() *counsel.ReplyEvent {
	e.t.Helper()
	select {
	case event, open := <-e.events:
		require.True(e.t, open, "the log has ended")
		e.cursor = event.Cursor
		if event.Reset {
			e.resets++
			clear(e.texts)
			clear(e.ends)
			return event
		}
		require.NotContains(e.t, e.ends, *event.Author, "nothing comes after the end")
		e.texts[*event.Author] += event.Delta
		if event.Done {
			require.Empty(e.t, event.Delta)
			e.ends[*event.Author] = event
		}
		return event
	case <-time.After(patience):
		require.FailNow(e.t, "nothing comes")
		return nil
	}
}

// hearEnds listens until so many voices have come to their end.
func (e *ear) hearEnds(voices int) {
	e.t.Helper()
	for len(e.ends) < voices {
		e.hear()
	}
}

// again forgets what the voices said: they speak anew.
func (e *ear) again() {
	clear(e.texts)
	clear(e.ends)
}

// status waits until a session stands so.
func (b *bundle) status(id string, want counselsession.Status) *ent.CounselSession {
	b.t.Helper()
	var row *ent.CounselSession
	require.Eventually(b.t, func() bool {
		var err error
		row, err = b.db.Read().CounselSession.Get(context.Background(), id)
		return err == nil && row.Status == want
	}, patience, 5*time.Millisecond, "%s", want)
	return row
}

// messages returns the messages of a session with their texts.
func (b *bundle) messages(session string) ([]*ent.CounselMessage, []string) {
	b.t.Helper()
	most := 100
	pages, err := b.MessagesBySession(b.ctx, []string{session}, page.Args{First: &most}, struct{}{})
	require.NoError(b.t, err)
	rows := pages[session].Nodes()
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i], err = b.Text(b.ctx, row)
		require.NoError(b.t, err)
	}
	return rows, texts
}

// voice tells which voice a request is for, by what the model is told to be.
func voice(r llmtest.Request) counselmessage.Author {
	switch system := r.System(); {
	case strings.Contains(system, "마음'입니다"):
		return counselmessage.AuthorFEELING
	case strings.Contains(system, "생각'입니다"):
		return counselmessage.AuthorTHINKING
	}
	return counselmessage.AuthorTAROT
}

// each scripts the model by voice.
func each(answers map[counselmessage.Author]llmtest.Answer) llmtest.Handler {
	return func(r llmtest.Request) llmtest.Answer { return answers[voice(r)] }
}

func ptr[T any](v T) *T { return &v }
