package bus

import (
	"sync"
	"time"
)

// scanLimit bounds how many records a replay looks at while it holds the lock of its log.
const scanLimit = 1024

// logTopic is one log as this process knows it.
type logTopic struct {
	lease
	name string
	keep int           // how many records of history
	age  time.Duration // and for how long
	// ready is closed when head is known.
	ready chan struct{}
	// older reads history that the hub does not hold; nil when there is none.
	older olderFunc

	mu        sync.Mutex
	head      position            // the newest record; its epoch is "" until the first feed
	announced uint64              // the newest record appended from here, which may not be fed back yet
	history   history             // the records up to head
	ids       map[string]struct{} // message ids within the history, when the hub is the only copy
	index     readerIndex         // readers that get news
	members   map[*Reader]struct{}
	closed    bool
	feeding   bool // a goroutine feeds the topic (Redis only)
	stale     bool // and must look once more before it ends
}

func newLogTopic(h *hub, name string) *logTopic {
	t := &logTopic{
		name:    name,
		keep:    h.opts.History,
		age:     h.opts.HistoryAge,
		ready:   make(chan struct{}),
		older:   h.older,
		members: make(map[*Reader]struct{}),
	}
	if h.remote {
		t.keep = min(t.keep, localHistory)
		return t
	}
	t.head.epoch = newEpoch()
	t.ids = make(map[string]struct{})
	close(t.ready)
	return t
}

// append adds messages as the only writer of the log and delivers them.
func (t *logTopic) append(now time.Time, messages []Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	records := make([]*record, 0, len(messages))
	place := t.head
	for _, m := range messages {
		if m.ID != "" {
			if _, known := t.ids[m.ID]; known {
				continue
			}
			t.ids[m.ID] = struct{}{}
		}
		place.offset++
		records = append(records, newRecord(place, m, now))
	}
	t.deliver(records)
	t.cut(now)
}

func newRecord(at position, m Message, now time.Time) *record {
	return &record{
		Entry:    Entry{Cursor: at.cursor(), Key: m.Key, Payload: m.Payload},
		position: at,
		id:       m.ID,
		added:    now,
	}
}

// extend adds records that follow head and delivers them.
func (t *logTopic) extend(records []*record, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deliver(records)
	t.cut(now)
}

// deliver moves head over records and pushes them to the readers. Readers with a full buffer leave
// the index: they read on from the history when they have caught up. The caller holds mu.
func (t *logTopic) deliver(records []*record) {
	var full []*Reader
	push := func(readers []*Reader, rec *record) {
		for _, r := range readers {
			if !r.push(rec) {
				full = append(full, r)
			}
		}
	}
	for _, rec := range records {
		t.history.add(rec)
		t.head.offset = rec.offset
		push(t.index.every, rec)
		push(t.index.byKey[rec.Key], rec)
	}
	for _, r := range full {
		t.index.remove(r)
	}
}

// restart forgets the history and tells every reader that news was lost. Readers that are behind
// find out when they try to join.
func (t *logTopic) restart(head position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.head = head
	t.announced = 0
	t.history.clear()
	reset := t.resetRecord()
	for r := range t.members {
		if r.slots != nil && !r.push(reset) {
			t.index.remove(r)
		}
	}
}

func (t *logTopic) resetRecord() *record {
	return &record{Entry: Entry{Cursor: t.head.cursor(), Reset: true}, position: t.head}
}

// cut trims the history. The caller holds mu.
func (t *logTopic) cut(now time.Time) {
	t.history.trim(t.keep, now.Add(-t.age), func(rec *record) { delete(t.ids, rec.id) })
}

// trim cuts the history and reports whether nothing is left of it.
func (t *logTopic) trim(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut(now)
	return t.history.len() == 0
}

func (t *logTopic) place() position {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// announce notes that this process has appended up to the given place.
func (t *logTopic) announce(at position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.epoch == t.head.epoch {
		t.announced = max(t.announced, at.offset)
	}
}

// admit makes r a member; false means that the log is closed.
func (t *logTopic) admit(r *Reader) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.members[r] = struct{}{}
	return true
}

// remove forgets r, which is a member.
func (t *logTopic) remove(r *Reader) {
	t.mu.Lock()
	t.index.remove(r)
	delete(t.members, r)
	t.mu.Unlock()
	t.drop()
}

func (t *logTopic) close() []*Reader {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	members := make([]*Reader, 0, len(t.members))
	for r := range t.members {
		members = append(members, r)
	}
	return members
}
