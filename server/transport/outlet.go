package transport

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// calm is how long after a result the next one is taken to come alone. States come at most every 50 ms;
// the events of a log that come together are taken off it in microseconds.
const calm = 5 * time.Millisecond

// outlet sends to one client. What comes together leaves in one write by a goroutine that ends when
// nothing waits any more, so that an idle client costs neither it nor a buffer. Waking another goroutine
// for what comes alone would cost as much as the write: that is written at once, as far as the connection
// takes it without waiting.
type outlet struct {
	conn    net.Conn
	link    syscall.RawConn // of conn; nil for one that always has to wait
	timeout func() time.Duration
	taken   func() // called without the lock when what waited is being written; may be nil
	lost    func() // called with the lock when the client cannot be reached; nothing is queued after it

	writes sync.WaitGroup // the goroutine that writes

	mu      sync.Mutex   // guards all below, the deadlines of conn, and what the owner puts under it
	queue   *bytesBuffer // what waits, nil when nothing does
	waiting int          // the number of messages in queue
	writing bool
}

// room returns the queue, to append to. It needs the lock, as the others do.
func (o *outlet) room() *bytesBuffer {
	if o.queue == nil {
		o.queue = takeBuffer()
	}
	return o.queue
}

// alone reports whether a result that comes now, the latest of its operation having come at told, is
// likely to come alone, and notes when it came.
func alone(told *time.Time) bool {
	now := time.Now()
	is := now.Sub(*told) >= calm
	*told = now
	return is
}

// sendNow writes the queue at once, as far as that does not mean to wait.
func (o *outlet) sendNow() {
	if o.writing || !o.flush() {
		o.wakeWriter()
	}
}

// flush reports whether all of the queue went out without waiting.
func (o *outlet) flush() bool {
	n := tryWrite(o.link, o.queue.b)
	if n < len(o.queue.b) {
		o.queue.b = append(o.queue.b[:0], o.queue.b[n:]...)
		return false
	}
	o.queue.release()
	o.queue, o.waiting = nil, 0
	return true
}

// wakeWriter makes sure that there is a goroutine that empties the queue.
func (o *outlet) wakeWriter() {
	if !o.writing {
		o.writing = true
		o.writes.Add(1)
		go o.write()
	}
}

// write sends what is queued until nothing is.
func (o *outlet) write() {
	defer o.writes.Done()
	for {
		o.mu.Lock()
		text := o.queue
		o.queue, o.waiting = nil, 0
		if text == nil {
			o.writing = false
			o.mu.Unlock()
			return
		}
		_ = o.conn.SetWriteDeadline(time.Now().Add(o.timeout()))
		o.mu.Unlock()
		if o.taken != nil {
			o.taken()
		}

		_, err := o.conn.Write(text.b)
		text.release()
		if err != nil {
			o.mu.Lock()
			o.queue, o.writing = nil, false
			o.lost()
			o.mu.Unlock()
			return
		}
	}
}
