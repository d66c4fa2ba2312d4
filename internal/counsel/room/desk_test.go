package room_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/test/testkit"
)

func TestTheDeskShowsWhoWaitsAndNothingOfWhatWasSaid(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		first := b.session(b.client, counselsession.StatusWAITING)
		b.clock.forward(time.Second)
		second := b.session(b.stranger, counselsession.StatusWAITING)
		b.session(b.client, counselsession.StatusCOMPLETED)
		b.session(b.expert, counselsession.StatusWAITING) // the expert's own
		b.word(first, 1, "DAILY")
		b.word(first, 2, "FAMILY", "MONEY")
		b.word(first, 3, "MONEY", "WORK")
		b.word(second, 1, "DAILY")
		testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
			return tx.CounselSession.UpdateOneID(second.ID).SetCrisisAt(time.Now()).Exec(ctx)
		})
		opened, newer := b.open(), b.open()
		b.leave(b.expert, b.open())

		desk, err := b.Desk(b.as(b.expert))
		require.NoError(b.t, err)
		require.Len(b.t, desk.Waiting, 2)
		require.Equal(b.t, first.ID, desk.Waiting[0].SessionID, "who waits longest comes first")
		require.Equal(b.t, b.client.Name, desk.Waiting[0].Name)
		require.Equal(b.t, []insight.Topic{"MONEY", "WORK"}, desk.Waiting[0].Topics)
		require.False(b.t, desk.Waiting[0].Crisis)
		require.Equal(b.t, []insight.Topic{"DAILY"}, desk.Waiting[1].Topics)
		require.True(b.t, desk.Waiting[1].Crisis)
		require.Len(b.t, desk.Rooms, 2)
		require.Equal(b.t, newer.ID, desk.Rooms[0].ID)
		require.Equal(b.t, opened.ID, desk.Rooms[1].ID)

		shown, err := json.Marshal(desk.Waiting)
		require.NoError(b.t, err)
		require.NotContains(b.t, string(shown), "sealed")

		others, err := b.Desk(b.as(testkit.Person(b.t, b.db, user.RoleCOUNSELOR)))
		require.NoError(b.t, err)
		require.Len(b.t, others.Waiting, 3)
		require.Empty(b.t, others.Rooms)
	})
}

func TestTheDeskFollowsClientsAndRooms(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		desks, err := b.WatchDesk(b.as(b.expert))
		require.NoError(b.t, err)
		until := func(fits func(*room.Desk) bool) {
			b.t.Helper()
			for desk := next(b.t, desks); !fits(desk); desk = next(b.t, desks) {
			}
		}
		waiting := func(n int) func(*room.Desk) bool {
			return func(d *room.Desk) bool { return len(d.Waiting) == n }
		}
		until(waiting(0))
		session := b.session(b.client, counselsession.StatusCOMPLETED)
		_, err = b.Request(b.as(b.client), session.ID, true)
		require.NoError(b.t, err)
		until(waiting(1))
		_, err = b.Take(b.as(testkit.Person(b.t, b.db, user.RoleCOUNSELOR)), session.ID)
		require.NoError(b.t, err)
		until(waiting(0))

		opened := b.open()
		until(func(d *room.Desk) bool { return len(d.Rooms) == 1 })
		b.join(b.client, opened)
		until(func(d *room.Desk) bool { return room.StatusOf(d.Rooms[0]) == room.StatusFull })
		b.leave(b.client, opened)
		until(func(d *room.Desk) bool { return room.StatusOf(d.Rooms[0]) == room.StatusOpen })
		b.leave(b.expert, opened)
		until(func(d *room.Desk) bool { return len(d.Rooms) == 0 })
	})
}

// A session that begins by waiting tells only that it has changed.
func TestTheDeskHearsOfSessionsThatOthersChange(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		desks, err := b.WatchDesk(b.as(b.expert))
		require.NoError(b.t, err)
		require.Empty(b.t, next(b.t, desks).Waiting)
		waits := b.session(b.client, counselsession.StatusWAITING)
		changed := func() {
			require.NoError(b.t, b.bus.Append(b.t.Context(), counsel.TopicChanged, bus.Message{Key: waits.ID, Payload: []byte(`{}`)}))
		}
		changed()
		require.Len(b.t, next(b.t, desks).Waiting, 1)

		testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
			return tx.CounselSession.UpdateOneID(waits.ID).SetDeletedAt(time.Now()).Exec(ctx)
		})
		changed()
		require.Empty(b.t, next(b.t, desks).Waiting)
	})
}

func TestADeskOfTwentyCostsAsManyStatementsAsOneOfTwo(t *testing.T) {
	t.Parallel()
	var statements atomic.Int64
	d, err := db.Open(t.Context(), db.Options{
		File: filepath.Join(t.TempDir(), "moa.db"), Observe: func(string) { statements.Add(1) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	require.NoError(t, d.Migrate(t.Context()))
	// Nothing runs: nobody else asks anything.
	carrier := testkit.Bus(t)
	service := room.New(room.Deps{
		DB: d, Bus: carrier, Events: event.NewLog(d, carrier, event.Options{}), Limiter: cache.NewMemoryLimiter(100),
	})
	b := &bundle{Service: service, t: t, db: d, clock: &clock{}, expert: testkit.Person(t, d, user.RoleCOUNSELOR)}
	cost := func(clients int) int64 {
		for range clients {
			b.word(b.session(testkit.Person(t, d, user.RoleUSER), counselsession.StatusWAITING), 1, "LOVE")
			b.open()
		}
		before := statements.Load()
		_, err := b.Desk(b.as(b.expert))
		require.NoError(t, err)
		return statements.Load() - before
	}
	few := cost(2)
	require.LessOrEqual(t, few, int64(4))
	require.Equal(t, few, cost(18), "of twenty")
}
