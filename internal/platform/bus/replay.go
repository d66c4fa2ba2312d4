package bus

import (
	"context"
	"errors"
	"time"
)

// olderFunc reads records of a log right after a place, oldest first; none means that there
// are no newer ones. It returns errGone when the records after that place are lost.
type olderFunc func(ctx context.Context, topic string, from position) ([]*record, error)

var errGone = errors.New("bus: history is gone")

// standing is how a reader stands to its log after an attempt to join it.
type standing int

const (
	joined  standing = iota // it gets news from now on
	behind                  // there is a page to send first
	outside                 // its place is not within the history of the hub
)

// join serves the next page of a replay. When the page reaches the newest record the reader
// becomes live under the same lock, so that nothing falls between replay and news and nothing
// comes twice. seen says that the reader's place was found in Redis: when it lies ahead of the
// hub, the hub is late and the reader skips what it has seen.
func (t *logTopic) join(r *Reader, from *position, seen bool) ([]*record, standing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut(time.Now())
	oldest := t.head.offset - uint64(t.history.len())
	switch {
	case from.epoch != t.head.epoch:
		t.goLive(r, 0, t.resetRecord())
		return nil, joined
	case from.offset > t.head.offset && seen:
		t.goLive(r, from.offset)
		return nil, joined
	case from.offset > t.head.offset, from.offset < oldest:
		if t.older != nil {
			return nil, outside
		}
		t.goLive(r, 0, t.resetRecord())
		return nil, joined
	}
	page, looked := t.history.scan(int(from.offset-oldest), scanLimit, r.room, r.wants)
	from.offset += uint64(looked)
	if from.offset < t.head.offset {
		return page, behind
	}
	t.goLive(r, 0, page...)
	return nil, joined
}

// joinNow makes r live after the newest record, including what this process has appended but not yet
// heard back, and returns that place.
func (t *logTopic) joinNow(r *Reader) position {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := position{epoch: t.head.epoch, offset: max(t.head.offset, t.announced)}
	t.goLive(r, now.offset)
	return now
}

// joinReset makes r live after telling it that its place is gone.
func (t *logTopic) joinReset(r *Reader) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.goLive(r, 0, t.resetRecord())
}

// goLive hands r the first records, at most r.room of them, and adds it to the index unless it was
// closed meanwhile. News up to the offset skip is not for it. The caller holds mu.
func (t *logTopic) goLive(r *Reader, skip uint64, first ...*record) {
	if _, member := t.members[r]; !member {
		return
	}
	r.mu.Lock()
	r.behind, r.skip = false, skip
	r.mu.Unlock()
	for _, rec := range first {
		r.push(rec) // has room: the queue of a reader that is not live is empty
	}
	t.index.add(r)
}

// resume brings the reader from a place to the news. What is near is served at once; a longer
// replay is left to the pump.
func (r *Reader) resume(from position) {
	near := from
	if _, state := r.log.join(r, &near, false); state == joined {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.behind, r.last = true, from
	r.own()
	go r.pump()
}

// catchUp sends pages as fast as the consumer takes them, from the hub or from the carrier, until
// the reader has joined or ended.
func (r *Reader) catchUp() {
	from, seen := r.last, false
	for {
		page, state := r.log.join(r, &from, seen)
		if state == joined {
			return
		}
		if state == outside {
			var err error
			if page, err = r.fetch(&from); err != nil {
				return
			}
		}
		seen = state == outside
		for _, rec := range page {
			if !r.send(rec) {
				return
			}
		}
	}
}

// fetch reads the next page after *from out of the carrier, and tries again while the carrier is
// away. It returns an error when the replay is over: the reader has ended, or its place is gone
// and it was joined with a reset.
func (r *Reader) fetch(from *position) ([]*record, error) {
	// The caller's context ends the reader, whose stop ends this; each call bounds itself.
	ctx := context.Background()
	var pause backoff
	for {
		records, err := r.log.older(ctx, r.log.name, *from)
		if err == nil {
			return r.pick(records, from), nil
		}
		if errors.Is(err, errGone) {
			r.log.joinReset(r)
			return nil, err
		}
		if err := pause.wait(ctx, r.stop); err != nil {
			return nil, err
		}
	}
}

// pick keeps the records that the reader wants and moves *from over all of them.
func (r *Reader) pick(records []*record, from *position) []*record {
	var page []*record
	for _, rec := range records {
		if r.wants(rec) {
			page = append(page, rec)
		}
		from.offset = rec.offset
	}
	return page
}
