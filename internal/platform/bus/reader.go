package bus

import (
	"slices"
	"sync"
	"time"
)

// readerChannel is the capacity of a reader's channel. It is small because most readers are
// idle: what does not fit waits in a queue that exists only while it is needed.
const readerChannel = 4

// Reader receives the entries of one log. It costs no goroutine while it keeps up. When its
// channel is full, one goroutine drains a queue and ends with it; when the queue is full too, the
// reader falls behind and that goroutine reads the history until it has caught up.
type Reader struct {
	ch    chan Entry
	log   *logTopic
	keys  []string      // sorted; nil means every key
	room  int           // how many records may wait in queue
	grace time.Duration // how long a reader that is behind may take nothing
	slots []int         // where the index of log holds this reader, one for each key; guarded by log.mu
	timer *time.Timer   // of the pump

	mu      sync.Mutex
	queue   []*record     // waiting, oldest first
	last    position      // the place up to which a reader that is behind has its records
	skip    uint64        // records up to this offset were seen elsewhere
	stop    chan struct{} // made with the first pump, closed to end it
	leave   func() bool   // forgets the caller's context
	pumping bool          // a goroutine owns the sending side of ch
	behind  bool          // not in the index; the pump must catch up
	closed  bool
	err     error
}

func newReader(log *logTopic, opts Options, keys []string) *Reader {
	if keys != nil {
		keys = slices.Clone(keys)
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	size := min(readerChannel, opts.ReaderBuffer)
	return &Reader{
		ch:    make(chan Entry, size),
		log:   log,
		keys:  keys,
		room:  max(opts.ReaderBuffer-size, 1),
		grace: opts.SlowAfter,
	}
}

// C returns the channel of entries. It is closed when the reader ends; see [Reader.Err].
func (r *Reader) C() <-chan Entry { return r.ch }

// Err tells, after C is closed, why: nil when the reader was closed or its context or the bus
// ended, [ErrSlow] when it was cut off.
func (r *Reader) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the reader. It may be called at any time, more than once, from any goroutine.
func (r *Reader) Close() {
	r.mu.Lock()
	first := !r.closed
	if first {
		r.finish(nil)
	}
	r.mu.Unlock()
	if first {
		r.detach()
	}
}

// detach takes a finished reader out of the hub. It must be called once, without locks.
func (r *Reader) detach() {
	r.mu.Lock()
	leave := r.leave
	r.mu.Unlock()
	r.log.remove(r)
	if leave != nil {
		leave()
	}
}

// wants reports whether the reader asked for the record's key.
func (r *Reader) wants(rec *record) bool {
	if r.keys == nil {
		return true
	}
	_, found := slices.BinarySearch(r.keys, rec.Key)
	return found
}

// push hands rec to the reader without waiting. It returns false when the buffer is full: the
// reader has then fallen behind after its last record and must leave the index.
func (r *Reader) push(rec *record) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed, r.behind:
		return true
	case rec.Reset:
		r.skip = 0
	case rec.offset <= r.skip:
		return true
	}
	if !r.pumping {
		select {
		case r.ch <- rec.Entry:
			return true
		default:
			r.own()
			go r.pump()
		}
	}
	if len(r.queue) >= r.room {
		r.behind, r.last = true, r.queue[len(r.queue)-1].position
		return false
	}
	r.queue = append(r.queue, rec)
	return true
}

// own gives the sending side of the channel to a goroutine. The caller holds mu.
func (r *Reader) own() {
	r.pumping = true
	if r.stop == nil {
		r.stop = make(chan struct{})
	}
}

// finish marks the reader as ended. The caller holds mu.
func (r *Reader) finish(err error) {
	r.closed, r.err, r.queue = true, err, nil
	if r.pumping {
		close(r.stop)
		return
	}
	close(r.ch)
}

// pump sends what waits until nothing does or the reader has ended.
func (r *Reader) pump() {
	for r.drain() {
		r.catchUp()
	}
}

// drain sends the queue. It returns true when the queue is empty and the reader is behind;
// otherwise the pump is over. The head stays in the queue until it is sent, so that the queue
// counts all that waits.
func (r *Reader) drain() (behind bool) {
	for {
		r.mu.Lock()
		if r.closed || len(r.queue) == 0 {
			behind = r.behind && !r.closed
			if !behind {
				r.release()
			}
			r.mu.Unlock()
			return behind
		}
		head := r.queue[0]
		r.mu.Unlock()
		if !r.send(head) {
			continue
		}
		r.mu.Lock()
		if !r.closed {
			r.queue[0] = nil
			r.queue = r.queue[1:]
		}
		r.mu.Unlock()
	}
}

// release gives the channel back. The caller holds mu.
func (r *Reader) release() {
	r.pumping = false
	r.queue = nil
	if r.closed {
		close(r.ch)
	}
}

// send waits until the consumer takes rec; false means that the reader ended first. Only the pump
// may call it.
func (r *Reader) send(rec *record) bool {
	select {
	case r.ch <- rec.Entry:
		return true
	default:
	}
	if r.timer == nil {
		r.timer = time.NewTimer(r.grace)
	}
	defer r.timer.Stop()
	for {
		r.timer.Reset(r.grace)
		select {
		case r.ch <- rec.Entry:
			return true
		case <-r.stop:
			return false
		case <-r.timer.C:
			r.cutOff()
		}
	}
}

// cutOff ends the reader if it is behind: it has had its time.
func (r *Reader) cutOff() {
	r.mu.Lock()
	slow := r.behind && !r.closed
	if slow {
		r.finish(ErrSlow)
	}
	r.mu.Unlock()
	if slow {
		r.detach()
	}
}

// moveTo notes that the index now holds the reader of key at slot. The caller holds log.mu.
func (r *Reader) moveTo(slot int, key string) {
	if r.keys == nil {
		r.slots[0] = slot
		return
	}
	i, _ := slices.BinarySearch(r.keys, key)
	r.slots[i] = slot
}
