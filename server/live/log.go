package live

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/server/push"
)

// Events are counted by weight: one each, and one more for every weightBytes of their data.
const (
	weightBytes = 4096
	// maxRecent bounds the latest events that an execution keeps for clients that return.
	maxRecent = 256
	// maxLead is how far an execution may be ahead of the fastest of its members: a burst must not
	// outrun all of them.
	maxLead = 512
	// calm is how long after an event the next one is taken to come alone: it is handed to each member at
	// once. For events that come together a crowd is woken in rounds, or else each of it would write each
	// event by itself, and keep the next ones from being computed meanwhile. Between two rounds is about the
	// time that one takes, paceEach for each member, and at most calm.
	calm     = 50 * time.Millisecond
	paceEach = 15 * time.Microsecond
	// maxLag bounds what may wait for a member. One that is further behind goes on by itself.
	maxLag = 1024
)

// event is one answer of a log. The events of an execution form a chain, along which each member walks
// at its own pace.
type event struct {
	answer *graphql.Response // nil for the place where an execution began
	cursor string            // continues after the event
	next   atomic.Pointer[event]
}

func (e *event) weight() int {
	if e.answer == nil {
		return 0
	}
	return 1 + len(e.answer.Data)/weightBytes
}

// ahead returns the weight of what comes after e.
func (e *event) ahead() (weight int) {
	for next := e.next.Load(); next != nil; next = next.next.Load() {
		weight += next.weight()
	}
	return weight
}

// logKind is the executions of one kind of subscription to a log: one that is at its end, and others
// that follow until they come to where another one was.
type logKind struct {
	hub   *Hub
	key   key
	users int // members, guarded by the hub's lock

	mu      sync.Mutex
	runs    int
	current *logRun // the one that began at the end of the log; nil when there is none
	places  map[string]place
}

// place is where in an execution a cursor is.
type place struct {
	run   *logRun
	event *event
}

// logRun is one execution of a log. It ends when the last member has left.
type logRun struct {
	*computation
	kind  *logKind
	trail *bus.Trail
	begun chan struct{} // closed when members may take events
	moved chan struct{} // tells that a member has taken events

	// Below is guarded by the lock of the kind.
	members map[*logMember]struct{}
	recent  []*event  // the latest events, oldest first; never empty
	kept    int       // the weight of recent
	lead    int       // the weight of what waited for the fastest member when that was last looked at
	told    time.Time // when the latest event was handed out
	waking  bool      // the members are about to be woken
	open    bool      // others may join
}

// joinLog makes the caller a member of an execution that comes by where it wants to begin.
func (h *Hub) joinLog(ctx context.Context, k key, after string, start graphql.OperationHandler) graphql.ResponseHandler {
	m := &logMember{ctx: ctx, start: start, kind: h.useKind(k), push: push.From(ctx), wake: make(chan struct{}, 1)}
	m.join(after)
	context.AfterFunc(ctx, m.leave)
	return m.next
}

func (h *Hub) useKind(k key) *logKind {
	h.mu.Lock()
	defer h.mu.Unlock()
	kind, known := h.logs[k]
	if !known {
		kind = &logKind{hub: h, key: k, places: map[string]place{}}
		h.logs[k] = kind
	}
	kind.users++
	return kind
}

func (h *Hub) releaseKind(kind *logKind) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if kind.users--; kind.users == 0 {
		delete(h.logs, kind.key)
	}
}

func (k *logKind) len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.runs
}

// find returns the place of a cursor, or the end of the log for none. It needs the lock.
func (k *logKind) find(after string) (place, bool) {
	if after != "" {
		at, known := k.places[after]
		return at, known
	}
	if k.current == nil || k.current.lead >= maxLead { // that is not the end
		return place{}, false
	}
	return place{k.current, k.current.tail()}, true
}

// start opens an execution for its first member, which begins after a cursor, or at the end of the log
// without one. It needs the lock.
func (k *logKind) start(m *logMember, after string) place {
	ctx, trail := bus.Track(m.resumed(after))
	began := &event{cursor: after}
	r := &logRun{
		computation: newComputation(ctx, k.hub), kind: k, trail: trail,
		begun: make(chan struct{}), moved: make(chan struct{}, 1),
		members: map[*logMember]struct{}{}, recent: []*event{began}, open: true,
	}
	k.runs++
	if after == "" {
		k.current = r
	} else {
		k.places[after] = place{r, began}
	}
	return place{r, began}
}

// forget takes an execution from those that may be joined. It needs the lock.
func (k *logKind) forget(r *logRun) {
	if !r.open {
		return
	}
	r.open = false
	k.runs--
	if k.current == r {
		k.current = nil
	}
	for _, e := range r.recent {
		r.unlist(e)
	}
}

// unlist makes an event unknown to those who return. It needs the lock.
func (r *logRun) unlist(e *event) {
	if r.kind.places[e.cursor].event == e {
		delete(r.kind.places, e.cursor)
	}
}

func (r *logRun) tail() *event { return r.recent[len(r.recent)-1] }

// launch begins the execution in the goroutine of its first member. One that asked who is asking before
// its first event, or that does not tell its place, is that member's own.
func (r *logRun) launch(first *logMember) {
	r.begin(first.start)
	cursor, known := r.trail.Start()
	if r.reads.Viewer() || !known {
		r.trail.End()
		first.own = func(context.Context) *graphql.Response { return r.compute() }
		r.part(first)
		close(r.begun)
		return
	}
	r.began(cursor)
	close(r.begun)
	go r.run()
}

// began notes where the execution begins.
func (r *logRun) began(cursor string) {
	r.kind.mu.Lock()
	defer r.kind.mu.Unlock()
	r.tail().cursor = cursor
	if _, known := r.kind.places[cursor]; !known && r.open {
		r.kind.places[cursor] = place{r, r.tail()}
	}
}

// run computes the events and hands them out until the subscription ends, or until another execution
// does so for its members as well.
func (r *logRun) run() {
	defer r.cancel()
	for r.awaitMembers() {
		answer := r.compute()
		at, placed := r.trail.Next()
		switch {
		case answer == nil:
			r.finish()
			return
		case r.reads.Viewer(), !placed && answer.Data != nil:
			r.part(nil)
			return
		case r.hand(answer, at, placed):
			return
		}
	}
}

// awaitMembers waits until the execution is not too far ahead; false when nobody is left.
func (r *logRun) awaitMembers() bool {
	for r.tooFast() {
		select {
		case <-r.moved:
		case <-r.ctx.Done():
			return false
		}
	}
	return true
}

func (r *logRun) tooFast() bool {
	r.kind.mu.Lock()
	defer r.kind.mu.Unlock()
	if r.lead < maxLead {
		return false
	}
	r.lead = math.MaxInt
	for m := range r.members {
		r.lead = min(r.lead, m.waiting())
	}
	return r.lead >= maxLead
}

// hand appends an answer to the chain and wakes the members, without waiting for any of them. Where
// another execution has been before, the members go on with that one, and hand returns true.
func (r *logRun) hand(executed *graphql.Response, at bus.Place, placed bool) (joined bool) {
	k := r.kind
	k.mu.Lock()
	defer k.mu.Unlock()
	listed := placed && !at.Reset && executed.Data != nil
	if there, known := k.places[at.Cursor]; listed && known && there.run != r && there.event.answer != nil {
		r.merge(there)
		return true
	}
	e := &event{answer: kept(executed), cursor: at.Cursor}
	if !placed { // the last words of an execution
		e.cursor = r.tail().cursor
	}
	if listed && r.open {
		k.places[e.cursor] = place{r, e}
	}
	r.extend(e)
	r.offer(e)
	return false
}

// extend appends an event to the chain and forgets the oldest of too many. It needs the lock of the kind.
func (r *logRun) extend(e *event) {
	r.tail().next.Store(e)
	r.recent = append(r.recent, e)
	r.kept += e.weight()
	for r.kept > maxRecent && len(r.recent) > 1 {
		r.kept -= r.recent[0].weight()
		r.unlist(r.recent[0])
		r.recent[0] = nil
		r.recent = r.recent[1:]
	}
}

// offer tells the members of an event, and lets those go who are too far behind. It needs the lock of the
// kind.
func (r *logRun) offer(e *event) {
	alone := time.Since(r.told) >= calm || len(r.members) < worthwhile
	members := slices.Collect(maps.Keys(r.members))
	waiting := make([]int, len(members))
	spread(len(members), func(i int) { waiting[i] = members[i].offer(e, alone) })
	r.told = time.Now()
	if !alone && !r.waking {
		r.waking = true
		time.AfterFunc(min(calm, time.Duration(len(members))*paceEach), r.wake)
	}
	r.lead = math.MaxInt
	for i, weight := range waiting {
		r.lead = min(r.lead, weight)
		if weight > maxLag {
			delete(r.members, members[i])
			members[i].lap()
		}
	}
	r.endIfEmpty()
}

// wake lets the members take what waits for them.
func (r *logRun) wake() {
	r.kind.mu.Lock()
	defer r.kind.mu.Unlock()
	r.waking = false
	for m := range r.members {
		m.rouse()
	}
}

// endIfEmpty ends an execution without members. It needs the lock of the kind.
func (r *logRun) endIfEmpty() {
	if len(r.members) == 0 {
		r.kind.forget(r)
		r.cancel()
	}
}

// merge lets the members go on with the execution of an event that they would get next. It needs the lock
// of the kind.
func (r *logRun) merge(there place) {
	tail := r.tail()
	tail.next.Store(there.event)
	waiting := tail.ahead()
	if r.kind.current == r {
		r.kind.current = there.run
	}
	r.kind.forget(r)
	for m := range r.members {
		there.run.members[m] = struct{}{}
		m.move(there.run)
		m.catchUp(waiting)
	}
	clear(r.members)
}

// part ends the sharing: the answer that was just computed is for nobody but the one who asked. All
// members but one go on by themselves after the last event of the chain.
func (r *logRun) part(except *logMember) {
	k := r.kind
	if r.reads.Viewer() {
		k.hub.personal.Add(k.key, struct{}{})
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forget(r)
	for m := range r.members {
		if m != except {
			delete(r.members, m)
			m.part()
		}
	}
	r.endIfEmpty()
}

// finish tells the members that there is nothing more.
func (r *logRun) finish() {
	r.kind.mu.Lock()
	defer r.kind.mu.Unlock()
	r.kind.forget(r)
	for m := range r.members {
		m.end()
	}
	clear(r.members)
}
