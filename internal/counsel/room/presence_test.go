package room_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// seenNow waits until the host of a room was seen at a time or later.
func (b *bundle) seenNow(roomID string, at time.Time) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return !b.roomNow(roomID).HostSeenAt.Before(db.Instant(at)) }, patience, 5*time.Millisecond)
}

func TestARoomStaysWhileItsHostListens(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		testkit.Run(b.t, b.Run)
		kept := b.open()
		b.listen(b.expert, kept, nil)
		for range 4 { // more than two graces in all
			b.clock.forward(20 * time.Second)
			b.seenNow(kept.ID, b.clock.Now().Add(-time.Second))
		}
		left := b.open()
		guest := b.listen(b.client, b.join(b.client, left), nil)
		guest.hears(room.EventJoined, b.client)
		b.clock.forward(20 * time.Second)
		b.seenNow(kept.ID, b.clock.Now().Add(-time.Second))
		b.clock.forward(11 * time.Second)
		guest.hears(room.EventClosed, b.expert)
		guest.ends()
		require.Equal(b.t, room.StatusOpen, room.StatusOf(b.roomNow(kept.ID)))
	})
}

func TestAHostWhoIsBackWithinTheGraceKeepsTheRoom(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		testkit.Run(b.t, b.Run)
		opened := b.open()
		guest := b.listen(b.client, b.join(b.client, opened), nil)
		guest.hears(room.EventJoined, b.client)

		host := b.listen(b.expert, opened, nil)
		host.hears(room.EventJoined, b.client)
		b.clock.forward(25 * time.Second) // the last time the host was seen counts, not the first
		gone := b.clock.Now()
		host.cut()
		host.ends()
		b.seenNow(opened.ID, gone)
		b.clock.forward(29 * time.Second)
		back := b.listen(b.expert, opened, nil)
		b.seenNow(opened.ID, b.clock.Now().Add(-time.Second))
		b.clock.forward(20 * time.Second)
		b.seenNow(opened.ID, b.clock.Now().Add(-time.Second))
		b.signal(b.client, opened, 7)
		back.hears(room.EventJoined, b.client)
		back.hearsSignal(b.client, 7)

		back.cut()
		back.ends()
		b.clock.forward(31 * time.Second)
		guest.hears(room.EventClosed, b.expert)
		guest.ends()
	})
}

func TestARoomWhoseHostNeverListensCloses(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		guest := b.listen(b.client, b.join(b.client, opened), nil)
		guest.hears(room.EventJoined, b.client)
		b.clock.forward(31 * time.Second)
		testkit.Run(b.t, b.Run)
		guest.hears(room.EventClosed, b.expert)
	})
}

func TestNoRoomIsOpenForEver(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		host := b.listen(b.expert, opened, nil)
		b.clock.forward(13 * time.Hour)
		b.seenNow(opened.ID, b.clock.Now().Add(-time.Second))
		testkit.Run(b.t, b.Run)
		host.hears(room.EventClosed, b.expert)
		host.ends()
	})
}

func TestManyReplicasCloseARoomOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.Postgres(t), redisBus(t, bus.Options{}))
	var rooms []string
	for range 5 {
		rooms = append(rooms, b.open().ID)
	}
	b.clock.forward(31 * time.Second)
	for range 3 {
		testkit.Run(t, process(t, b.db, b.bus, b.clock).Run)
	}
	for _, id := range rooms {
		require.Eventually(t, func() bool { return b.roomNow(id).ClosedAt != nil }, patience, 5*time.Millisecond)
	}
	closed, err := b.db.Read().Event.Query().Where(event.Topic(room.TopicRoom)).Count(context.Background())
	require.NoError(t, err)
	require.Equal(t, len(rooms), closed)
}

func TestMembersOnTwoReplicasHearEachOther(t *testing.T) {
	t.Parallel()
	d, carrier := testkit.Postgres(t), redisBus(t, bus.Options{})
	b := setup(t, d, carrier)
	other := process(t, d, carrier, b.clock)
	opened := b.open()
	host := b.listen(b.expert, opened, nil)
	_, err := other.Join(b.as(b.client), room.JoinInput{Code: opened.Code})
	require.NoError(t, err)
	guest := other.listen(b.client, opened, nil)
	host.hears(room.EventJoined, b.client)
	guest.hears(room.EventJoined, b.client)
	b.signal(b.expert, opened, 1)
	other.signal(b.client, opened, 2)
	guest.hearsSignal(b.expert, 1)
	host.hearsSignal(b.client, 2)
}
