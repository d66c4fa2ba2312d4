package room_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/test/testkit"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// clock is a time that tests move. Its zero value tells the real time.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(by time.Duration) { c.ahead.Add(int64(by)) }

// bundle is one process with rooms, and people who use them.
type bundle struct {
	*room.Service
	t     *testing.T
	db    *db.DB
	bus   bus.Bus
	clock *clock

	expert, client, stranger *ent.User
}

// each runs a test on SQLite with the bus of one process, and on PostgreSQL with that of many.
func each(t *testing.T, test func(b *bundle), tune ...func(deps *room.Deps)) {
	t.Helper()
	eachWith(t, bus.Options{}, test, tune...)
}

func eachWith(t *testing.T, opts bus.Options, test func(b *bundle), tune ...func(deps *room.Deps)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		carrier := bus.NewMemory(opts)
		testkit.Run(t, carrier.Run)
		test(setup(t, testkit.SQLite(t), carrier, tune...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(setup(t, testkit.Postgres(t), redisBus(t, opts), tune...))
	})
}

func redisBus(t *testing.T, opts bus.Options) bus.Bus {
	t.Helper()
	client, prefix := testkit.Redis(t)
	opts.Prefix = prefix
	carrier := bus.NewRedis(client, opts)
	t.Cleanup(func() {
		keys, err := client.Keys(context.Background(), prefix+"*").Result()
		if err == nil && len(keys) > 0 {
			client.Del(context.Background(), keys...)
		}
	})
	testkit.Run(t, carrier.Run)
	return carrier
}

func setup(t *testing.T, d *db.DB, carrier bus.Bus, tune ...func(deps *room.Deps)) *bundle {
	t.Helper()
	b := process(t, d, carrier, &clock{}, tune...)
	b.expert = testkit.Person(t, d, user.RoleCOUNSELOR)
	b.client = testkit.Person(t, d, user.RoleUSER)
	b.stranger = testkit.Person(t, d, user.RoleUSER)
	return b
}

// process is one more process on the same rows.
func process(t *testing.T, d *db.DB, carrier bus.Bus, clock *clock, tune ...func(deps *room.Deps)) *bundle {
	t.Helper()
	log := event.NewLog(d, carrier, event.Options{})
	timing := room.DefaultTiming()
	timing.Renew, timing.Sweep, timing.Desk = 10*time.Millisecond, 10*time.Millisecond, 10*time.Millisecond
	deps := room.Deps{
		DB: d, Bus: carrier, Events: log, Limiter: cache.NewMemoryLimiter(1000), Timing: timing, Now: clock.Now,
		PasswordCost: bcrypt.MinCost,
	}
	for _, change := range tune {
		change(&deps)
	}
	testkit.Run(t, deps.Events.Run)
	return &bundle{Service: room.New(deps), t: t, db: d, bus: carrier, clock: clock}
}

func (b *bundle) as(person *ent.User) context.Context { return testkit.As(b.t, person) }

// open opens a room of the expert's.
func (b *bundle) open() *ent.CounselRoom {
	b.t.Helper()
	opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "오늘의 상담"})
	require.NoError(b.t, err)
	return opened
}

// join makes somebody the guest of a room.
func (b *bundle) join(person *ent.User, r *ent.CounselRoom) *ent.CounselRoom {
	b.t.Helper()
	joined, err := b.Join(b.as(person), room.JoinInput{Code: r.Code})
	require.NoError(b.t, err)
	return joined
}

func (b *bundle) leave(person *ent.User, r *ent.CounselRoom) *ent.CounselRoom {
	b.t.Helper()
	left, err := b.Leave(b.as(person), r.ID)
	require.NoError(b.t, err)
	return left
}

// signal sends {"n": n}.
func (b *bundle) signal(person *ent.User, r *ent.CounselRoom, n int) {
	b.t.Helper()
	payload, err := json.Marshal(map[string]int{"n": n})
	require.NoError(b.t, err)
	_, err = b.Send(b.as(person), room.SignalInput{RoomID: r.ID, Kind: room.SignalCandidate, Payload: payload})
	require.NoError(b.t, err)
}

// listener is somebody who listens to a room.
type listener struct {
	t      *testing.T
	events <-chan *room.Event
	cut    context.CancelFunc
}

func (b *bundle) listen(person *ent.User, r *ent.CounselRoom, after *string) listener {
	b.t.Helper()
	ctx, cut := context.WithCancel(b.as(person))
	b.t.Cleanup(cut)
	events, err := b.Watch(ctx, r.ID, after)
	require.NoError(b.t, err)
	return listener{t: b.t, events: events, cut: cut}
}

func (l listener) next() *room.Event {
	l.t.Helper()
	return next(l.t, l.events)
}

// hears requires the next event to be of a kind and of somebody.
func (l listener) hears(kind room.EventKind, from *ent.User) *room.Event {
	l.t.Helper()
	e := l.next()
	require.False(l.t, e.Reset)
	require.Equal(l.t, kind, *e.Kind)
	require.Equal(l.t, from.ID, *e.FromID)
	require.NotEmpty(l.t, e.Cursor)
	return e
}

// hearsSignal requires the next event to be the signal n.
func (l listener) hearsSignal(from *ent.User, n int) *room.Event {
	l.t.Helper()
	e := l.hears(room.EventSignal, from)
	require.Equal(l.t, room.SignalCandidate, *e.Signal)
	var payload struct{ N int }
	require.NoError(l.t, json.Unmarshal(e.Payload, &payload))
	require.Equal(l.t, n, payload.N)
	return e
}

// ends requires that nothing more comes.
func (l listener) ends() {
	l.t.Helper()
	select {
	case e, open := <-l.events:
		require.False(l.t, open, "more came: %+v", e)
	case <-time.After(patience):
		require.FailNow(l.t, "the log goes on")
	}
}

// next returns what comes next on a live field.
func next[T any](t *testing.T, live <-chan T) T {
	t.Helper()
	select {
	case item, open := <-live:
		require.True(t, open, "the stream ended")
		return item
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

// session writes a session of somebody's that stands somewhere.
func (b *bundle) session(owner *ent.User, status counselsession.Status) *ent.CounselSession {
	b.t.Helper()
	var row *ent.CounselSession
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) (err error) {
		create := tx.CounselSession.Create().SetUserID(owner.ID).SetKind(counselsession.KindWORRY).SetStatus(status).
			SetTitle([]byte("sealed")).SetLanguage("ko").SetTurn(1).SetUpdatedAt(time.Now())
		if status == counselsession.StatusWAITING {
			create.SetWaitingSince(b.clock.Now())
		}
		row, err = create.Save(ctx)
		return err
	})
	return row
}

// word writes a message of the client's into a session.
func (b *bundle) word(s *ent.CounselSession, number int, topics ...string) {
	b.t.Helper()
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselMessage.Create().SetSessionID(s.ID).SetNumber(number).SetTurn(number).
			SetAuthor(counselmessage.AuthorCLIENT).SetStatus(counselmessage.StatusCOMPLETED).
			SetBody([]byte("sealed")).SetTopics(topics).Exec(ctx)
	})
}

func (b *bundle) sessionNow(id string) *ent.CounselSession {
	b.t.Helper()
	row, err := b.db.Read().CounselSession.Get(context.Background(), id)
	require.NoError(b.t, err)
	return row
}

func (b *bundle) roomNow(id string) *ent.CounselRoom {
	b.t.Helper()
	row, err := b.db.Read().CounselRoom.Get(context.Background(), id)
	require.NoError(b.t, err)
	return row
}

// atOnce runs a function n times at the same moment and returns the errors.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = do(i)
		})
	}
	done.Wait()
	return errs
}

func text(s string) *string { return &s }
