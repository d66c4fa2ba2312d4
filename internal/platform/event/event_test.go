package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entevent "github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/test/testkit"
)

const topic = "coupon.claimed"

func record(t *testing.T, d *db.DB, l *event.Log, n int) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return l.Record(ctx, tx, event.New{Topic: topic, Key: "usr_1", Subject: "cpn_1", Payload: map[string]int{"n": n}})
	})
}

// next returns the number in the next entry.
func next(t *testing.T, r *bus.Reader) int {
	t.Helper()
	select {
	case entry, ok := <-r.C():
		require.True(t, ok, "the reader has ended: %v", r.Err())
		var payload struct{ N int }
		require.NoError(t, json.Unmarshal(entry.Payload, &payload))
		return payload.N
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no event came")
		return 0
	}
}

func TestEventsAreRelayedAfterTheCommit(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := testkit.Bus(t)
		l := event.NewLog(d, b, event.Options{})
		reader, err := b.Follow(t.Context(), topic, "", "usr_1")
		require.NoError(t, err)
		testkit.Run(t, l.Run)

		for n := range 20 {
			record(t, d, l, n)
		}
		for n := range 20 {
			require.Equal(t, n, next(t, reader))
		}
	})
}

func TestNothingIsPublishedWithoutACommit(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := testkit.Bus(t)
		l := event.NewLog(d, b, event.Options{})
		reader, err := b.Follow(t.Context(), topic, "")
		require.NoError(t, err)
		testkit.Run(t, l.Run)

		refused := errors.New("refused")
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, l.Record(ctx, tx, event.New{Topic: topic, Key: "usr_1", Subject: "cpn_1", Payload: map[string]int{"n": 1}}))
			return refused
		})
		require.ErrorIs(t, err, refused)
		record(t, d, l, 2)
		require.Equal(t, 2, next(t, reader), "the event of the rolled-back transaction must not come")
		require.Equal(t, 1, d.Read().Event.Query().CountX(t.Context()))
	})
}

func TestEventsOfACrashedProcessArePublishedOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := testkit.Bus(t)
		crashed := event.NewLog(d, b, event.Options{}) // never runs
		for n := range 600 {
			record(t, d, crashed, n)
		}
		reader, err := b.Follow(t.Context(), topic, "")
		require.NoError(t, err)
		testkit.Run(t, event.NewLog(d, b, event.Options{}).Run)
		for n := range 600 {
			require.Equal(t, n, next(t, reader))
		}
		require.Eventually(t, func() bool {
			return d.Read().Event.Query().Where(entevent.PublishedAtIsNil()).CountX(t.Context()) == 0
		}, 10*time.Second, 10*time.Millisecond)
	})
}

// awayBus is a bus whose carrier can be lost.
type awayBus struct {
	bus.Bus
	away chan struct{} // closed when the carrier is back
}

func (b awayBus) Append(ctx context.Context, topic string, messages ...bus.Message) error {
	select {
	case <-b.away:
		return b.Bus.Append(ctx, topic, messages...)
	default:
		return errors.New("the bus is away")
	}
}

func TestEventsWaitForTheBus(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	b := awayBus{Bus: testkit.Bus(t), away: make(chan struct{})}
	l := event.NewLog(d, b, event.Options{})
	reader, err := b.Follow(t.Context(), topic, "")
	require.NoError(t, err)
	testkit.Run(t, l.Run)
	record(t, d, l, 1)
	close(b.away)
	require.Equal(t, 1, next(t, reader))
}

func TestListPagesNewestFirst(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		l := event.NewLog(d, testkit.Bus(t), event.Options{})
		for n := range 5 {
			record(t, d, l, n)
		}
		two := 2
		first, err := l.List(t.Context(), page.Args{First: &two}, nil)
		require.NoError(t, err)
		require.Equal(t, []string{`{"n": 4}`, `{"n": 3}`}, payloads(first.Nodes()))
		require.True(t, first.PageInfo.HasNextPage)

		second, err := l.List(t.Context(), page.Args{First: &two, After: first.PageInfo.EndCursor}, nil)
		require.NoError(t, err)
		require.Equal(t, []string{`{"n": 2}`, `{"n": 1}`}, payloads(second.Nodes()))

		back, err := l.List(t.Context(), page.Args{Last: &two, Before: second.PageInfo.StartCursor}, nil)
		require.NoError(t, err)
		require.Equal(t, payloads(first.Nodes()), payloads(back.Nodes()))

		other := "coupon.sold_out"
		none, err := l.List(t.Context(), page.Args{}, &event.Filter{Topic: &other})
		require.NoError(t, err)
		require.Empty(t, none.Edges)
	})
}

func payloads(events []*ent.Event) []string {
	texts := make([]string, len(events))
	for i, e := range events {
		var v map[string]int
		if json.Unmarshal(e.Payload, &v) == nil { // PostgreSQL spaces JSON in its own way
			texts[i] = fmt.Sprintf(`{"n": %d}`, v["n"])
		}
	}
	return texts
}
