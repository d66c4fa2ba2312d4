package counsel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// The rhythm of listening.
const (
	// rereadEvery is how soon the rows are read again while something is missing that was not saved yet.
	rereadEvery = saveEvery / 2
	// lookEvery is how often a listener looks at the rows when it hears nothing of a reply that is being
	// written: the bus may be away, or the process that wrote it dead.
	lookEvery = 2 * time.Second
	// maxEarly is how many notes may wait for what is missing before them.
	maxEarly = 4096
)

// errBehind says that what a listener misses does not come into the rows.
var errBehind = errors.New("what was said before is not kept")

// WatchReply returns what the session says, from a place on: to whose it is and to the expert who has taken
// it. Without after it begins with the replies of the latest turn. The channel is closed when ctx or the bus
// ends, or when the listener is too slow: it comes back with its last cursor. Faults: [ErrNotFound],
// fault.InvalidArgument for a cursor that is none.
func (s *Service) WatchReply(ctx context.Context, sessionID string, after *string) (<-chan *ReplyEvent, error) {
	session, err := s.Get(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	l := &listener{Service: s, session: sessionID, place: &place{Turn: session.Turn}, out: make(chan *ReplyEvent)}
	l.skipped = counselmessage.AuthorCLIENT
	if isExpertOf(ctx, session) {
		l.skipped = "" // experts hear clients
	}
	if after != nil {
		if l.place, err = parseCursor(*after); err != nil {
			return nil, err
		}
	}
	// First listen, then look: what comes in between is heard. Cursors name places in the rows, not on the bus.
	if l.reader, err = s.deps.Bus.Follow(bus.Untracked(ctx), topicReply, "", sessionID); err != nil {
		return nil, err
	}
	go l.run(ctx)
	return l.out, nil
}

// listener follows one session for one client.
type listener struct {
	*Service
	session string
	skipped counselmessage.Author
	place   *place
	reader  *bus.Reader
	out     chan *ReplyEvent

	// early are notes that begin after what was heard: what is before them is not in the rows yet.
	early []*note
	// writing says that a reply was being written when the rows were read last.
	writing bool
}

func (l *listener) run(ctx context.Context) {
	defer close(l.out)
	defer l.reader.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if err := l.look(ctx); err != nil {
				fault.End(ctx, err)
				return
			}
		case entry, open := <-l.reader.C():
			if !open {
				if err := l.reader.Err(); err != nil {
					fault.End(ctx, fault.Unavailable.Wrap(err))
				}
				return
			}
			if err := l.hear(ctx, entry); err != nil {
				fault.End(ctx, err)
				return
			}
		case <-ctx.Done():
			return
		}
		l.rest(timer)
	}
}

// rest sets when the rows are looked at next.
func (l *listener) rest(timer *time.Timer) {
	switch {
	case len(l.early) > 0:
		timer.Reset(rereadEvery)
	case l.writing:
		timer.Reset(lookEvery)
	default:
		timer.Stop()
	}
}

// hear takes a note from the bus.
func (l *listener) hear(ctx context.Context, entry bus.Entry) error {
	if entry.Reset {
		return l.look(ctx)
	}
	n, err := l.channel.unpack(ctx, l.session, entry.Payload)
	if err != nil {
		return fmt.Errorf("read a note of %s: %w", l.session, err)
	}
	l.writing = true
	if len(l.early) > maxEarly {
		return fault.Unavailable.Wrap(errBehind)
	}
	if len(l.early) > 0 {
		l.early = append(l.early, n)
		return nil
	}
	if !l.follows(n) {
		l.early = append(l.early, n)
		return l.look(ctx)
	}
	return l.tell(ctx, n)
}

// follows reports whether nothing is missing between what was heard and a note.
func (l *listener) follows(n *note) bool {
	switch {
	case n.Turn < l.place.Turn:
		return true // old news
	case n.Turn > l.place.Turn:
		return false // the rows tell how the turn before it has ended
	}
	h := l.place.of(n.Number)
	if h.Upto > 0 && n.Attempt != h.Attempt || n.Status != "" && n.Offset+len(n.Text) < h.Upto {
		return false // what was heard was lost
	}
	return n.Offset <= h.Upto
}

// look reads the rows from the place on, tells what is new, and then the notes that waited for it.
func (l *listener) look(ctx context.Context) error {
	session, rows, err := l.read(ctx)
	if err != nil {
		return err
	}
	if l.isLost(ctx, session, rows) {
		if err := l.reset(ctx, session); err != nil {
			return err
		}
	}
	l.writing = session.Status == counselsession.StatusSTREAMING
	for _, row := range rows {
		if row.Turn < l.place.Turn || row.Author == l.skipped {
			continue
		}
		text, err := l.textOf(ctx, row)
		if err != nil {
			return err
		}
		n := noteOf(row, 0, text)
		if row.Status != counselmessage.StatusSTREAMING {
			n.Status, n.Offers = row.Status, row.OffersCards
		}
		if err := l.tell(ctx, n); err != nil {
			return err
		}
	}
	return l.catchUp(ctx)
}

// catchUp tells the notes that waited, as far as nothing is missing before them.
func (l *listener) catchUp(ctx context.Context) error {
	for len(l.early) > 0 && l.follows(l.early[0]) {
		if err := l.tell(ctx, l.early[0]); err != nil {
			return err
		}
		l.early = l.early[1:]
	}
	return nil
}

// read returns the session, which who listens must still be allowed to see, and its messages from the turn of
// the place on.
func (l *listener) read(ctx context.Context) (*ent.CounselSession, []*ent.CounselMessage, error) {
	session, err := l.Get(ctx, l.session)
	if err != nil {
		return nil, nil, err
	}
	rows, err := l.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.SessionID(l.session), counselmessage.TurnGTE(min(l.place.Turn, session.Turn))).
		Order(counselmessage.ByNumber()).
		All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("get the messages of %s: %w", l.session, db.Fault(err))
	}
	return session, rows, nil
}

// textOf returns what a message says: from memory where this process writes it, which is ahead of the row.
func (l *listener) textOf(ctx context.Context, row *ent.CounselMessage) (string, error) {
	if r := l.writer.reply(row.ID); r != nil && row.Status == counselmessage.StatusSTREAMING {
		return r.soFar(), nil
	}
	return l.Text(ctx, row)
}

// isLost reports whether more was heard than there is: a process died before it saved what it had said.
func (l *listener) isLost(ctx context.Context, session *ent.CounselSession, rows []*ent.CounselMessage) bool {
	if l.place.Turn > session.Turn {
		return true
	}
	known := map[int]*ent.CounselMessage{}
	for _, row := range rows {
		known[row.Number] = row
	}
	for _, h := range l.place.Heard {
		row := known[h.Number]
		if row == nil || row.Turn != l.place.Turn || h.Upto > 0 && row.Attempt != h.Attempt {
			return true
		}
		if row.Status == counselmessage.StatusSTREAMING {
			continue // more may be on its way into the row
		}
		text, err := l.Text(ctx, row)
		if err == nil && h.Upto > len(text) {
			return true
		}
	}
	return false
}

// reset tells that something was lost, and begins anew with the latest turn.
func (l *listener) reset(ctx context.Context, session *ent.CounselSession) error {
	l.place, l.early = &place{Turn: session.Turn}, nil
	return l.send(ctx, &ReplyEvent{Cursor: l.place.cursor(), Reset: true})
}

// tell hands on what of a note is new.
func (l *listener) tell(ctx context.Context, n *note) error {
	if n.Turn < l.place.Turn || n.Author == l.skipped {
		return nil
	}
	if n.Turn > l.place.Turn {
		l.place = &place{Turn: n.Turn}
	}
	h := l.place.of(n.Number)
	if h.Done {
		return nil
	}
	h.Attempt = n.Attempt
	fresh := ""
	if reach := n.Offset + len(n.Text); reach > h.Upto {
		fresh = n.Text[h.Upto-n.Offset:]
		h.Upto = reach
	}
	if fresh != "" {
		l.place.note(h)
		if err := l.send(ctx, l.event(n, fresh, counselmessage.StatusSTREAMING)); err != nil {
			return err
		}
	}
	if n.Status == "" {
		return nil
	}
	h.Done = true
	l.place.note(h)
	last := l.event(n, "", n.Status)
	last.Done, last.OffersCards = true, n.Offers
	return l.send(ctx, last)
}

func (l *listener) event(n *note, delta string, status counselmessage.Status) *ReplyEvent {
	return &ReplyEvent{Cursor: l.place.cursor(), MessageID: &n.Message, Author: &n.Author, Delta: delta, Status: &status}
}

func (l *listener) send(ctx context.Context, e *ReplyEvent) error {
	select {
	case l.out <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
