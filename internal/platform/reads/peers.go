package reads

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The measures of what processes know of each other.
const (
	// lease is how old the knowledge may be that answers are served by: what any process has changed
	// before is known. It is the bound on how stale an answer of another process's change can be.
	lease = 100 * time.Millisecond
	// forgetAfter is when a process that fell silent without a word is taken for dead. Nothing is served
	// from the moment of its silence until then.
	forgetAfter = 10 * time.Second
	// maxTold is how many slots are told one by one; beyond it, everything is dropped.
	maxTold = 4096
)

// message is what processes tell each other. Redis numbers the messages without a gap.
type message struct {
	// Member names the process; empty for one that only tells of drops.
	Member string `json:"member,omitempty"`
	// Beat numbers the messages of the member, and Heard is the number of the last message that it had
	// heard when it took what is told.
	Beat  uint64 `json:"beat,omitempty"`
	Heard uint64 `json:"heard,omitempty"`
	// Through is how many of its drops the member has told with this message.
	Through uint64 `json:"through,omitempty"`
	// Epoch is set by a member that joins: from this message on, every member hears all of them.
	Epoch string `json:"epoch,omitempty"`
	// Leaves says that the member changes nothing any more.
	Leaves bool `json:"leaves,omitempty"`
	// Slots are dropped; all of them with All.
	Slots []Slot `json:"slots,omitempty"`
	All   bool   `json:"all,omitempty"`
}

// peers is what a process knows of the others.
//
// Clocks of machines differ, so nobody tells the time. A message says which message its sender had heard
// before it gathered its drops; where that was sent after one of our own, the drops are complete up to
// the moment when ours was sent, by our own clock.
type peers struct {
	origin time.Time
	// trusted is until when what is known is fresh enough, in nanoseconds since origin.
	trusted atomic.Int64
	wake    chan struct{}
	self    string

	mu sync.Mutex
	// joining is the epoch that this process has begun last; joined says that it has heard so, and
	// expecting that it does not know yet whom else it must hear, see expect.
	joining   string
	joined    bool
	expecting bool
	beat      uint64
	// sent are this process's own messages of the last while: when they were sent, by beat.
	sent map[uint64]time.Time
	// echoes are those that came back, in order.
	echoes  []echo
	members map[string]*member

	heard uint64
	epoch string
	// droppedAt and allAt are the messages that dropped a slot, and everything, last.
	droppedAt [slots]uint64
	allAt     uint64

	// waiting and all are what others are to be told of. dropped and told count this process's drops:
	// all, and those that came back with a number. ownAt and ownAllAt are the counts of the last drops of a
	// slot, and of everything; numbered is closed when told grows, nil while nobody waits for that.
	waiting  map[Slot]struct{}
	all      bool
	dropped  uint64
	told     uint64
	ownAt    [slots]uint64
	ownAllAt uint64
	numbered chan struct{}
}

type echo struct {
	number uint64
	sentAt time.Time
}

// member is another process.
type member struct {
	// asOf is the moment up to which its drops are known; zero before that is so.
	asOf time.Time
	// lastHeard is when its last message came.
	lastHeard time.Time
}

func newPeers() *peers {
	return &peers{
		origin: time.Now(), wake: make(chan struct{}, 1), self: rand.Text(),
		sent: map[uint64]time.Time{}, members: map[string]*member{}, waiting: map[Slot]struct{}{},
	}
}

func (p *peers) fresh() bool { return int64(time.Since(p.origin)) < p.trusted.Load() }

// position returns the last message that was heard, and the epoch.
func (p *peers) position() (heard uint64, epoch string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard, p.epoch
}

func (p *peers) holds(epoch string, heard uint64, read []Slot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	// What this process has dropped itself has no number before it comes back.
	if p.epoch != epoch || p.told < p.latest(read) || p.allAt > heard {
		return false
	}
	return !slices.ContainsFunc(read, func(s Slot) bool { return p.droppedAt[s] > heard })
}

// latest returns the count of this process's last drop of one of the slots. The caller holds mu.
func (p *peers) latest(read []Slot) uint64 {
	last := p.ownAllAt
	for _, s := range read {
		last = max(last, p.ownAt[s])
	}
	return last
}

// settle waits until what this process has dropped of the slots so far has a number, or ctx ends. It does not wait
// while nobody can be told.
func (p *peers) settle(ctx context.Context, read []Slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for want := p.latest(read); p.told < want && p.epoch != "" && ctx.Err() == nil; {
		if p.numbered == nil {
			p.numbered = make(chan struct{})
		}
		numbered := p.numbered
		p.mu.Unlock()
		select {
		case <-numbered:
		case <-ctx.Done():
		}
		p.mu.Lock()
	}
}

// tell leaves drops to be sent to the other processes.
func (p *peers) tell(dropped []Slot, all bool) {
	p.mu.Lock()
	p.add(dropped, all)
	p.dropped++
	if all {
		p.ownAllAt = p.dropped
	}
	for _, s := range dropped {
		p.ownAt[s] = p.dropped
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *peers) add(dropped []Slot, all bool) {
	for _, s := range dropped {
		p.waiting[s] = struct{}{}
	}
	if p.all = p.all || all || len(p.waiting) > maxTold; p.all {
		clear(p.waiting)
	}
}

// next returns the next message to send, with all drops that wait.
func (p *peers) next() message {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.beat++
	p.sent[p.beat] = time.Now()
	m := message{Member: p.self, Beat: p.beat, Heard: p.heard, Through: p.dropped, All: p.all}
	for s := range p.waiting {
		m.Slots = append(m.Slots, s)
	}
	clear(p.waiting)
	p.all = false
	return m
}

// unsent takes back a message that may not have gone out.
func (p *peers) unsent(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(m.Slots, m.All)
}

// rejoin forgets what was known of the others and returns the epoch to begin.
func (p *peers) rejoin() (epoch string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trusted.Store(0)
	p.joining, p.joined, p.expecting, p.heard, p.epoch = rand.Text(), false, true, 0, ""
	p.echoes = nil
	clear(p.sent)
	clear(p.members)
	return p.joining
}

// expect names the members that were there when this process joined. Until it has heard each of them, or has
// taken it for dead, it is not trusted: one that can be reached by its clients and not by us changes what we
// would serve.
func (p *peers) expect(alive []string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expecting = false
	for _, name := range alive {
		if name != p.self && p.members[name] == nil {
			p.members[name] = &member{lastHeard: now}
		}
	}
}

// note writes down what the message with a number says. It reports whether everything must be dropped,
// because something may have been missed.
func (p *peers) note(number uint64, m message, now time.Time) (missed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = number
	for _, s := range m.Slots {
		p.droppedAt[s] = number
	}
	if m.All {
		p.allAt = number
	}
	if m.Epoch != "" {
		p.epoch = m.Epoch
	}
	switch m.Member {
	case "":
	case p.self:
		missed = p.noteOwn(number, m)
	default:
		p.noteOther(m, now)
	}
	return p.bury(now) || missed
}

func (p *peers) noteOwn(number uint64, m message) (joins bool) {
	p.told = max(p.told, m.Through)
	if p.numbered != nil {
		close(p.numbered)
		p.numbered = nil
	}
	p.echoes = append(p.echoes, echo{number, p.sent[m.Beat]})
	delete(p.sent, m.Beat)
	if m.Epoch == "" || m.Epoch != p.joining {
		return false
	}
	p.joined = true
	return true
}

func (p *peers) noteOther(m message, now time.Time) {
	if m.Leaves {
		delete(p.members, m.Member)
		return
	}
	other := p.members[m.Member]
	if other == nil {
		other = &member{}
		p.members[m.Member] = other
	}
	other.lastHeard = now
	for _, e := range slices.Backward(p.echoes) {
		if e.number <= m.Heard {
			other.asOf = e.sentAt
			break
		}
	}
}

// bury forgets members that are taken for dead.
func (p *peers) bury(now time.Time) (dead bool) {
	for name, other := range p.members {
		if now.Sub(other.lastHeard) > forgetAfter {
			delete(p.members, name)
			dead = true
		}
	}
	return dead
}

// trust sets until when this process may be trusted: a lease from the moment up to which the drops of
// every member are known.
func (p *peers) trust(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.joined || p.expecting {
		return
	}
	asOf := p.echoes[len(p.echoes)-1].sentAt
	for _, other := range p.members {
		if other.asOf.Before(asOf) {
			asOf = other.asOf
		}
	}
	p.trusted.Store(int64(asOf.Add(lease).Sub(p.origin)))
	last := p.echoes[len(p.echoes)-1]
	p.echoes = slices.DeleteFunc(p.echoes, func(e echo) bool { return e != last && now.Sub(e.sentAt) > lease })
}
