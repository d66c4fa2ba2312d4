package counsel

import (
	"sync"
	"time"
)

const (
	// leasePaces is how many rounds of saving a lease lasts.
	leasePaces = 4
	// paceMemory is how many rounds it takes until a slow one is forgotten, about.
	paceMemory = 32
)

// pace is how long it takes from one round of saving to the next: longer than [saveEvery] where the database or the
// machine has too much to do.
type pace struct {
	mu    sync.Mutex
	slow  time.Duration
	since time.Time // when the last round was over; zero before the first
}

// round notes that a round of saving is over.
func (p *pace) round(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		took := now.Sub(p.since)
		p.slow = max(took, p.slow-(p.slow-took)/paceMemory)
	}
	p.since = now
}

// slowest returns how long a round has taken lately at most. What takes longer by now counts as well.
func (p *pace) slowest(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		return p.slow
	}
	return max(p.slow, now.Sub(p.since))
}

// lease returns for how long a reply is to stay with this process when it says nothing of it any more: long enough
// for a process that is alive and slow, and short enough that listeners need not wait for one that is dead.
func (p *pace) lease(now time.Time) time.Duration {
	return min(max(shortLease, leasePaces*p.slowest(now)), longLease)
}
