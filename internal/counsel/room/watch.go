package room

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Watch returns what happens in a room to one of the two who are in it: signals of the other side, who joins
// and leaves, and its end. It begins where the viewer joined, or after a cursor. While the host's is open
// somewhere, the room stays. The channel is closed after the room has, when the viewer has left, and when ctx
// or the bus ends; a room that is closed already says so once. Faults: [ErrNotFound], [ErrNotMember].
func (s *Service) Watch(ctx context.Context, roomID string, after *string) (<-chan *Event, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	row, err := s.member(ctx, roomID, v.ID)
	if err != nil {
		return nil, at(err, "roomId")
	}
	begin := row.GuestCursor
	if row.HostID == v.ID {
		begin = row.HostCursor
	}
	if after != nil {
		begin = *after
	}
	reader, err := s.deps.Bus.Follow(ctx, TopicRoom, begin, row.ID)
	if err != nil {
		return nil, err
	}
	w := &watch{Service: s, reader: reader, roomID: row.ID, userID: v.ID, isHost: row.HostID == v.ID, out: make(chan *Event)}
	// First listen, then look: what ends the log in between is heard.
	if row, err = s.member(ctx, roomID, v.ID); err != nil {
		reader.Close()
		return nil, at(err, "roomId")
	}
	if w.isHost {
		s.seen(ctx, row.ID)
	}
	go w.run(ctx, row, begin)
	return w.out, nil
}

// watch is one log of one member. It ends with its context.
type watch struct {
	*Service
	reader *bus.Reader
	roomID string
	userID string
	isHost bool
	renew  <-chan time.Time // when the host is to be seen again; never for a guest
	out    chan *Event
}

func (w *watch) run(ctx context.Context, row *ent.CounselRoom, begin string) {
	defer close(w.out)
	defer w.reader.Close()
	if row.ClosedAt != nil {
		w.deliver(ctx, w.closed(row, begin))
		return
	}
	if w.isHost {
		tick := time.NewTicker(w.deps.Timing.Renew)
		defer tick.Stop()
		w.renew = tick.C
		defer w.seen(ctx, w.roomID)
	}
	for w.step(ctx) {
	}
	if err := w.reader.Err(); err != nil {
		fault.End(ctx, fault.Unavailable.Wrap(err))
	}
}

// step waits for one entry of the log and tells of it; false at the end.
func (w *watch) step(ctx context.Context) (more bool) {
	for {
		select {
		case entry, open := <-w.reader.C():
			return open && w.pass(ctx, entry)
		case <-w.renew:
			w.seen(ctx, w.roomID)
		}
	}
}

// pass tells the member of an entry, if it is the member's business; false when it was the last.
func (w *watch) pass(ctx context.Context, entry bus.Entry) (more bool) {
	if entry.Reset {
		return w.deliver(ctx, &Event{Cursor: entry.Cursor, Reset: true}) && w.look(ctx, entry.Cursor)
	}
	var f facts
	if json.Unmarshal(entry.Payload, &f) != nil {
		return true // what the log carries is ours; an entry of another version is left out
	}
	switch f.Kind {
	case EventSignal:
		return f.ToID != w.userID || w.deliver(ctx, saying(entry.Cursor, f))
	case EventClosed:
		w.deliver(ctx, saying(entry.Cursor, f))
		return false
	case EventJoined, EventLeft:
		// Whoever was here before or comes after is nobody's business but the host's.
		if (w.isHost || f.FromID == w.userID) && !w.deliver(ctx, saying(entry.Cursor, f)) {
			return false
		}
		return w.isHost || w.look(ctx, entry.Cursor)
	}
	return true
}

// look reads how the room stands now; false when the log is at its end.
func (w *watch) look(ctx context.Context, cursor string) (more bool) {
	row, err := w.find(ctx, counselroom.ID(w.roomID))
	switch {
	case errors.Is(err, ErrNotFound):
		return false
	case err != nil:
		fault.End(ctx, err)
		return false
	case !isMember(row, w.userID):
		return false
	case row.ClosedAt != nil:
		w.deliver(ctx, w.closed(row, cursor))
		return false
	}
	return true
}

// deliver hands an event to the client, who may take a while; false when ctx has ended.
func (w *watch) deliver(ctx context.Context, e *Event) bool {
	for {
		select {
		case w.out <- e:
			return true
		case <-w.renew:
			w.seen(ctx, w.roomID)
		case <-ctx.Done():
			return false
		}
	}
}

// closed is the end of a room of which the log tells no more.
func (w *watch) closed(row *ent.CounselRoom, cursor string) *Event {
	return saying(cursor, facts{Kind: EventClosed, FromID: row.HostID})
}

// saying is what a client gets of an entry.
func saying(cursor string, f facts) *Event {
	e := &Event{Cursor: cursor, Kind: &f.Kind, FromID: &f.FromID}
	if f.Kind == EventSignal {
		e.Signal, e.Payload = &f.Signal, f.Payload
	}
	return e
}
