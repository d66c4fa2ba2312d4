package room_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestEachSideHearsTheOtherAndNeverItself(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		host := b.listen(b.expert, opened, nil)
		b.join(b.client, opened)
		host.hears(room.EventJoined, b.client)
		guest := b.listen(b.client, opened, nil)
		guest.hears(room.EventJoined, b.client)
		for n := range 10 {
			b.signal(b.expert, opened, n)
			b.signal(b.client, opened, 100+n)
		}
		for n := range 10 {
			guest.hearsSignal(b.expert, n)
			host.hearsSignal(b.client, 100+n)
		}
		left := b.leave(b.client, opened)
		require.Equal(b.t, room.StatusOpen, room.StatusOf(left))
		host.hears(room.EventLeft, b.client)
		guest.hears(room.EventLeft, b.client)
		guest.ends()
		b.leave(b.expert, opened)
		host.hears(room.EventClosed, b.expert)
		host.ends()
	})
}

func TestWhatIsSentBetweenJoiningAndListeningIsNotLost(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		for n := range 3 {
			b.signal(b.expert, opened, n)
			b.signal(b.client, opened, 100+n)
		}
		guest, host := b.listen(b.client, opened, nil), b.listen(b.expert, opened, nil)
		for n := range 3 {
			signals(guest).hearsSignal(b.expert, n)
			signals(host).hearsSignal(b.client, 100+n)
		}
	})
}

// signals leaves out who joins: the event log may tell it a moment after a signal.
func signals(l listener) listener {
	only := make(chan *room.Event, 1)
	for e := l.next(); ; e = l.next() {
		if e.Kind != nil && *e.Kind == room.EventSignal {
			only <- e
			break
		}
	}
	l.events = only
	return l
}

func TestAGuestHearsNothingOfWhoWasThereBefore(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.signal(b.expert, opened, 0) // nobody is there
		b.join(b.stranger, opened)
		b.signal(b.expert, opened, 1)
		before := b.listen(b.stranger, opened, nil)
		at := signals(before).hearsSignal(b.expert, 1)
		b.leave(b.stranger, opened)
		b.join(b.client, opened)
		b.signal(b.expert, opened, 2)

		for _, after := range []*string{nil, text(b.roomNow(opened.ID).HostCursor), &at.Cursor} {
			guest := b.listen(b.client, opened, after)
			heard := []string{}
			for e := guest.next(); ; e = guest.next() {
				heard = append(heard, string(*e.Kind)+" "+*e.FromID+" "+string(e.Payload))
				if *e.Kind == room.EventSignal {
					break
				}
			}
			for _, line := range heard {
				require.NotContains(b.t, line, b.stranger.ID)
			}
			require.Equal(b.t, "SIGNAL "+b.expert.ID+` {"n":2}`, heard[len(heard)-1])
		}
		_, err := b.Watch(b.as(b.stranger), opened.ID, &at.Cursor)
		require.ErrorIs(b.t, err, room.ErrNotMember, "who has left hears nothing more")
	})
}

func TestALinkThatIsCutTwentyTimesLosesNoSignalAndRepeatsNone(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		const cuts, between = 20, 5
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for n := range cuts * between {
				b.signal(b.expert, opened, n)
			}
		}()
		var after *string
		for n := 0; n < cuts*between; {
			guest := b.listen(b.client, opened, after)
			for heard := 0; heard < between; {
				e := guest.next()
				after = &e.Cursor
				if *e.Kind != room.EventSignal {
					continue
				}
				require.JSONEq(b.t, string(payload(n)), string(e.Payload))
				n, heard = n+1, heard+1
			}
			guest.cut()
		}
		<-sent
	})
}

func payload(n int) json.RawMessage {
	text, _ := json.Marshal(map[string]int{"n": n})
	return text
}

func TestWhoComesBackTooLateIsToldToBeginAnew(t *testing.T) {
	t.Parallel()
	eachWith(t, bus.Options{History: 4}, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		guest := b.listen(b.client, opened, nil)
		guest.hears(room.EventJoined, b.client)
		b.signal(b.expert, opened, 0)
		at := guest.hearsSignal(b.expert, 0)
		guest.cut()
		// Somebody stays until all is heard here: what is still on its way would not be lost.
		stays := b.listen(b.client, opened, &at.Cursor)
		for n := range 20 {
			b.signal(b.expert, opened, 1+n)
			stays.hearsSignal(b.expert, 1+n)
		}
		stays.cut()
		late := b.listen(b.client, opened, &at.Cursor)
		e := late.next()
		require.True(b.t, e.Reset)
		require.Nil(b.t, e.Kind)
		require.Nil(b.t, e.FromID)
		require.Empty(b.t, e.Payload)
		b.signal(b.expert, opened, 99)
		// On Redis the last of what was lost may still be on its way.
		for e = late.next(); string(e.Payload) != string(payload(99)); e = late.next() {
			require.False(b.t, e.Reset, "once")
		}
	})
}

func TestWhoComesBackToAClosedRoomIsToldSo(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		guest := b.listen(b.client, opened, nil)
		at := guest.hears(room.EventJoined, b.client)
		guest.cut()
		b.leave(b.expert, opened)
		for _, after := range []*string{nil, &at.Cursor} {
			for _, person := range []*ent.User{b.client, b.expert} {
				late := b.listen(person, opened, after)
				late.hears(room.EventClosed, b.expert)
				late.ends()
			}
		}
	})
}

func TestASignalIsAnObjectOf64KilobytesAtMost(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		send := func(payload string) error {
			_, err := b.Send(b.as(b.expert), room.SignalInput{RoomID: opened.ID, Kind: room.SignalOffer, Payload: json.RawMessage(payload)})
			return err
		}
		for _, wrong := range []string{"", "null", "1", `"text"`, "[]", "{", `{"a":1}{}`, `{"a":"` + strings.Repeat("x", 64<<10) + `"}`} {
			require.ErrorIs(b.t, send(wrong), room.ErrSignalInvalid, "%.20s", wrong)
		}
		largest := `{"a":"` + strings.Repeat("x", 64<<10-8) + `"}`
		require.Len(b.t, largest, 64<<10)
		require.NoError(b.t, send(largest))
		require.NoError(b.t, send(" \n{}"))
		guest := b.listen(b.client, opened, nil)
		e := signals(guest).next()
		require.Equal(b.t, room.SignalOffer, *e.Signal)
		require.JSONEq(b.t, largest, string(e.Payload))
	})
}

func TestNobodyFloodsTheOtherSide(t *testing.T) {
	t.Parallel()
	narrow := func(deps *room.Deps) {
		deps.Limits = room.DefaultLimits()
		deps.Limits.Signal = cache.Limit{Rate: 1, Per: time.Hour, Burst: 5}
		deps.Limits.LargeSignal = cache.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	}
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		large := json.RawMessage(`{"a":"` + strings.Repeat("x", 5000) + `"}`)
		send := func(payload json.RawMessage) error {
			_, err := b.Send(b.as(b.client), room.SignalInput{RoomID: opened.ID, Kind: room.SignalOffer, Payload: payload})
			return err
		}
		require.NoError(b.t, send(large))
		require.ErrorIs(b.t, send(large), fault.RateLimited)
		for range 3 {
			require.NoError(b.t, send(payload(1)))
		}
		require.ErrorIs(b.t, send(payload(1)), fault.RateLimited)
		b.signal(b.expert, opened, 1) // the other side has its own count
	}, narrow)
}

func TestNoSignalIsARow(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		b.join(b.client, opened)
		secret := "candidate:1 1 UDP 2122252543 192.0.2.77 50000 typ host"
		_, err := b.Send(b.as(b.client), room.SignalInput{
			RoomID: opened.ID, Kind: room.SignalCandidate, Payload: json.RawMessage(`{"candidate":"` + secret + `"}`),
		})
		require.NoError(b.t, err)
		host := b.listen(b.expert, opened, nil)
		require.Contains(b.t, string(signals(host).next().Payload), secret)
		rows, err := b.db.Read().Event.Query().All(context.Background())
		require.NoError(b.t, err)
		require.NotEmpty(b.t, rows)
		for _, row := range rows {
			require.NotContains(b.t, string(row.Payload), "192.0.2.77")
		}
	})
}
