package event_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	entevent "github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/test/testkit"
)

// heldBus is a bus that takes its time.
type heldBus struct {
	bus.Bus
	appending chan struct{} // gets a value when somebody appends
	goOn      chan struct{} // closed when they may go on
}

func (b heldBus) Append(ctx context.Context, topic string, messages ...bus.Message) error {
	b.appending <- struct{}{}
	<-b.goOn
	return b.Bus.Append(ctx, topic, messages...)
}

func newHeldBus(t *testing.T) heldBus {
	return heldBus{Bus: testkit.Bus(t), appending: make(chan struct{}, 10), goOn: make(chan struct{})}
}

// TestAShutdownCutsNothingOff ends the relay while it publishes: what it has begun and what waits goes out, is marked,
// and nothing is complained of.
func TestAShutdownCutsNothingOff(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := newHeldBus(t)
		var warnings bytes.Buffer
		l := event.NewLog(d, b, event.Options{Logger: slog.New(slog.NewTextHandler(&warnings, &slog.HandlerOptions{Level: slog.LevelWarn}))})
		reader, err := b.Follow(t.Context(), topic, "")
		require.NoError(t, err)
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx) }()

		record(t, d, l, 1)
		<-b.appending
		record(t, d, l, 2)
		end()
		close(b.goOn)
		require.NoError(t, <-ended)
		require.Empty(t, warnings.String())
		require.Equal(t, 1, next(t, reader))
		require.Equal(t, 2, next(t, reader))
		require.Zero(t, d.Read().Event.Query().Where(entevent.PublishedAtIsNil()).CountX(t.Context()))
	})
}

// TestAShutdownEndsASweep ends the relay while it publishes what a crash has left behind: it does not go through all of
// it first.
func TestAShutdownEndsASweep(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	b := newHeldBus(t)
	crashed := event.NewLog(d, b, event.Options{})
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return crashed.Record(ctx, tx, make([]event.New, 1000)...)
	})
	l := event.NewLog(d, b, event.Options{})
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()

	<-b.appending
	end()
	close(b.goOn)
	require.NoError(t, <-ended)
	left := d.Read().Event.Query().Where(entevent.PublishedAtIsNil()).CountX(t.Context())
	require.Positive(t, left)
	require.Less(t, left, 1000, "what was published is marked")
}
