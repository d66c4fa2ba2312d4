package bus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// hub is the in-process half of every bus: topics, their readers and watchers, and the recent
// history. Memory writes to it directly, Redis feeds it.
//
// Locks are taken in this order: hub, topic, reader or watcher.
type hub struct {
	opts Options
	// remote says that topics are copies of what Redis holds: they wait for a first feed and
	// may be forgotten as soon as nobody uses them.
	remote bool
	// changed is called without locks when a topic was added.
	changed func()
	// older reads history that the hub does not hold; nil when there is none.
	older olderFunc

	done chan struct{} // closed with the hub

	mu     sync.Mutex
	logs   map[string]*logTopic
	states map[string]*stateTopic
	closed bool
}

func newHub(opts Options, remote bool, changed func(), older olderFunc) *hub {
	return &hub{
		opts:    opts,
		remote:  remote,
		changed: changed,
		older:   older,
		done:    make(chan struct{}),
		logs:    make(map[string]*logTopic),
		states:  make(map[string]*stateTopic),
	}
}

// lease counts who holds a topic, so that the sweep knows when nobody does.
type lease struct {
	users atomic.Int64
	idle  bool // nobody used the topic at the last sweep; guarded by hub.mu
}

func (h *hub) acquireLog(name string) (*logTopic, error) {
	return acquire(h, h.logs, name, func() *logTopic { return newLogTopic(h, name) })
}

func (h *hub) acquireState(name string) (*stateTopic, error) {
	return acquire(h, h.states, name, func() *stateTopic {
		return &stateTopic{age: h.opts.HistoryAge, born: time.Now()}
	})
}

// acquire returns the topic called name, made when it is new, and counts one more user of it.
func acquire[T interface{ hold() }](h *hub, topics map[string]T, name string, create func() T) (T, error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		var none T
		return none, fault.Unavailable.Wrap(ErrClosed)
	}
	topic, known := topics[name]
	if !known {
		topic = create()
		topics[name] = topic
	}
	topic.hold()
	h.mu.Unlock()
	if !known {
		h.changed()
	}
	return topic, nil
}

// hold adds a user. The caller holds hub.mu, so that the sweep cannot miss it.
func (l *lease) hold() {
	l.users.Add(1)
	l.idle = false
}

func (l *lease) drop() { l.users.Add(-1) }

// unused reports whether nobody has held the topic since the last sweep. The caller holds hub.mu.
func (l *lease) unused() bool {
	if l.users.Load() > 0 {
		return false
	}
	if !l.idle {
		l.idle = true
		return false
	}
	return true
}

// findLog returns the topic without holding it, or nil when nobody in this process uses it.
func (h *hub) findLog(name string) *logTopic {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logs[name]
}

// findState is findLog for states.
func (h *hub) findState(name string) *stateTopic {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.states[name]
}

// sweep trims old history and forgets topics that nobody has used since the last sweep. A
// topic that is the only copy stays until its content is too old.
func (h *hub) sweep(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, t := range h.logs {
		empty := t.trim(now)
		if t.unused() && (h.remote || empty) {
			delete(h.logs, name)
		}
	}
	for name, t := range h.states {
		if t.unused() && (h.remote || t.expired(now)) {
			delete(h.states, name)
		}
	}
}

// close ends every reader and watcher and refuses new ones.
func (h *hub) close() {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	h.closed = true
	close(h.done)
	logs := slices.Collect(maps.Values(h.logs))
	states := slices.Collect(maps.Values(h.states))
	clear(h.logs)
	clear(h.states)
	h.mu.Unlock()
	for _, t := range logs {
		for _, r := range t.close() {
			r.Close()
		}
	}
	for _, t := range states {
		for _, w := range t.close() {
			w.Close()
		}
	}
}

// follow opens a reader.
func (h *hub) follow(ctx context.Context, topic, after string, keys []string) (*Reader, error) {
	var from position
	if after = resumed(ctx, after); after != "" {
		var err error
		if from, err = parseCursor(after); err != nil {
			return nil, err
		}
	}
	t, err := h.acquireLog(topic)
	if err != nil {
		return nil, err
	}
	if err := h.awaitReady(ctx, t); err != nil {
		t.drop()
		return nil, err
	}
	r := newReader(t, h.opts, keys)
	if !t.admit(r) {
		t.drop()
		return nil, fault.Unavailable.Wrap(ErrClosed)
	}
	if after == "" {
		from = t.joinNow(r)
	} else {
		r.resume(from)
	}
	begin(ctx, from.cursor())
	r.mu.Lock()
	r.leave = context.AfterFunc(ctx, r.Close)
	r.mu.Unlock()
	return r, nil
}

// awaitReady waits until the place of "now" in the log is known; only then is a reader certain
// to get what is appended after Follow returned.
func (h *hub) awaitReady(ctx context.Context, t *logTopic) error {
	select {
	case <-t.ready:
		return ctx.Err()
	default:
	}
	limit := time.NewTimer(operationTimeout)
	defer limit.Stop()
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-h.done:
		return fault.Unavailable.Wrap(ErrClosed)
	case <-limit.C:
		return fault.Unavailable.Wrap(ErrNotConnected)
	}
}

// watch opens a watcher.
func (h *hub) watch(ctx context.Context, topic string) (*Watcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t, err := h.acquireState(topic)
	if err != nil {
		return nil, err
	}
	w := newWatcher(t)
	if !t.admit(w, time.Now()) {
		t.drop()
		return nil, fault.Unavailable.Wrap(ErrClosed)
	}
	w.mu.Lock()
	w.leave = context.AfterFunc(ctx, w.Close)
	w.mu.Unlock()
	return w, nil
}

// logNames returns the names of the logs in use.
func (h *hub) logNames() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.logs))
}
