package room

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// mostChanged is how many changed sessions are looked at one by one; of more the desk is simply read anew.
const mostChanged = 200

// WatchDesk returns the desk of the counsellor who asks now and after each change, the latest only. Changes
// that come shortly after one another are shown together. The channel is closed when ctx or the bus ends.
func (s *Service) WatchDesk(ctx context.Context) (<-chan *Desk, error) {
	v, err := counselor(ctx)
	if err != nil {
		return nil, err
	}
	// First listen, then look: what changes in between is heard.
	sessions, err := s.deps.Bus.Follow(ctx, counsel.TopicChanged, "")
	if err != nil {
		return nil, err
	}
	rooms, err := s.deps.Bus.Follow(ctx, TopicDesk, "", v.ID)
	if err != nil {
		sessions.Close()
		return nil, err
	}
	w := &deskWatch{Service: s, viewer: v, sessions: sessions, rooms: rooms, out: make(chan *Desk, 1)}
	desk, err := s.Desk(ctx)
	if err != nil {
		w.close()
		return nil, err
	}
	go w.run(ctx, desk)
	return w.out, nil
}

// deskWatch is one watcher of a desk. It ends with its context.
type deskWatch struct {
	*Service
	viewer   viewer.Viewer
	sessions *bus.Reader // every session that changes: most of them are of no interest
	rooms    *bus.Reader // the counsellor's rooms
	shown    map[string]bool
	out      chan *Desk

	changed map[string]bool // sessions that have changed since the desk was read
	stale   bool            // the desk is to be read anew
}

func (w *deskWatch) close() {
	w.sessions.Close()
	w.rooms.Close()
}

func (w *deskWatch) run(ctx context.Context, desk *Desk) {
	defer close(w.out)
	defer w.close()
	for {
		w.tell(desk)
		if !w.await(ctx) {
			break
		}
		var err error
		if desk, err = w.Desk(ctx); err != nil {
			fault.End(ctx, err)
			return
		}
	}
	for _, reader := range []*bus.Reader{w.sessions, w.rooms} {
		if err := reader.Err(); err != nil {
			fault.End(ctx, fault.Unavailable.Wrap(err))
		}
	}
}

// tell puts a desk in the place of one that was not read yet.
func (w *deskWatch) tell(desk *Desk) {
	w.shown, w.changed, w.stale = map[string]bool{}, map[string]bool{}, false
	for _, client := range desk.Waiting {
		w.shown[client.SessionID] = true
	}
	select {
	case <-w.out:
	default:
	}
	w.out <- desk
}

// await gathers changes for a moment at a time until one of them concerns the desk; false when a reader has
// ended.
func (w *deskWatch) await(ctx context.Context) bool {
	var due <-chan time.Time
	for {
		select {
		case entry, open := <-w.sessions.C():
			if !open {
				return false
			}
			w.note(entry)
		case _, open := <-w.rooms.C():
			if !open {
				return false
			}
			w.stale = true
		case <-due:
			if w.concerned(ctx) {
				return true
			}
			due = nil
			continue
		}
		if due == nil {
			due = time.After(w.deps.Timing.Desk)
		}
	}
}

// note remembers a session that has changed.
func (w *deskWatch) note(entry bus.Entry) {
	if entry.Reset || len(w.changed) >= mostChanged {
		w.stale = true
		return
	}
	w.changed[entry.Key] = true
}

// concerned reports whether what has changed is on the desk or belongs there, and forgets what does not.
func (w *deskWatch) concerned(ctx context.Context) bool {
	if w.stale {
		return true
	}
	ids := slices.Collect(maps.Keys(w.changed))
	if slices.ContainsFunc(ids, func(id string) bool { return w.shown[id] }) {
		return true
	}
	waits, err := w.anyWaits(ctx, ids)
	if err != nil && ctx.Err() == nil {
		w.deps.Logger.WarnContext(ctx, "cannot look up changed sessions", "error", err)
	}
	clear(w.changed)
	return waits || err != nil // reading the desk finds out
}

// anyWaits reports whether one of the sessions waits for an expert.
func (w *deskWatch) anyWaits(ctx context.Context, ids []string) (bool, error) {
	waits, err := w.deps.DB.Read().CounselSession.Query().
		Where(counselsession.IDIn(ids...), isWaiting(w.viewer.ID)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look up %d sessions: %w", len(ids), db.Fault(err))
	}
	return waits, nil
}
