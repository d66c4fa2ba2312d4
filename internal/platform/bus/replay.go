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
		t.goLiveReset(r)
		return nil, joined
	case from.offset > t.head.offset && seen:
		r.skipTo(from.offset)
		t.goLive(r)
		return nil, joined
	case from.offset > t.head.offset, from.offset < oldest:
		return nil, outside
	}
	page, looked := t.history.scan(int(from.offset-oldest), scanLimit, r.room, r.wants)
	from.offset += uint64(looked)
	if from.offset < t.head.offset {
		return page, behind
	}
	for _, rec := range page {
		r.push(rec) // never overruns: a page has at most r.room records and the queue is empty
	}
	t.goLive(r)
	return nil, joined
}

// joinNow makes r live from the newest record on, including what this process has appended but
// not yet heard back.
func (t *logTopic) joinNow(r *Reader) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.skipTo(max(t.head.offset, t.announced))
	t.goLive(r)
}

// joinReset makes r live after telling it that its place is gone.
func (t *logTopic) joinReset(r *Reader) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.goLiveReset(r)
}

func (t *logTopic) goLiveReset(r *Reader) {
	r.push(t.resetRecord())
	t.goLive(r)
}

// goLive adds r to the index unless it was closed meanwhile. The caller holds mu.
func (t *logTopic) goLive(r *Reader) {
	if _, member := t.members[r]; member {
		t.index.add(r)
	}
}

func (r *Reader) skipTo(offset uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skip = offset
}

// resume brings the reader from a place to the news. What is near is served at once; only a
// longer replay takes a goroutine, which then ends like any pump.
func (r *Reader) resume(ctx context.Context, from position, older olderFunc) {
	page, state := r.log.join(r, &from, false)
	if state == joined {
		return
	}
	if state == outside && older == nil {
		r.log.joinReset(r)
		return
	}
	r.mu.Lock()
	r.own()
	r.mu.Unlock()
	go r.replay(ctx, from, page, state, older)
}

// replay sends pages as fast as the consumer takes them, from the hub or from the carrier, until
// the reader has joined. News waits in the queue from that moment on.
func (r *Reader) replay(ctx context.Context, from position, page []*record, state standing, older olderFunc) {
	defer r.pump()
	seen := false
	for state != joined {
		if state == outside {
			var err error
			if page, err = r.fetch(ctx, &from, older); err != nil {
				return
			}
			seen = true
		}
		for _, rec := range page {
			if !r.send(rec) {
				return
			}
		}
		page, state = r.log.join(r, &from, seen)
		if state == outside && older == nil {
			// The history was trimmed past a reader that takes its replay too slowly.
			r.log.joinReset(r)
			return
		}
	}
}

// fetch reads the next page after *from out of the carrier, and tries again while the carrier is
// away. It returns an error when the replay is over: the reader has ended, or its place is gone
// and it was joined with a reset.
func (r *Reader) fetch(ctx context.Context, from *position, older olderFunc) ([]*record, error) {
	var pause backoff
	for {
		records, err := older(ctx, r.log.name, *from)
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
