package account

import (
	"sync"
	"sync/atomic"
	"time"
)

// revocations are the sessions that have ended while access tokens of theirs may live.
type revocations struct {
	mu    sync.RWMutex
	ended map[string]time.Time
	// loaded is set once the rows have been read.
	loaded atomic.Bool
}

func newRevocations() *revocations { return &revocations{ended: map[string]time.Time{}} }

func (r *revocations) has(sessionID string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.ended[sessionID]
	return ok
}

func (r *revocations) add(sessionID string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended[sessionID] = at
}

// prune forgets the sessions that ended before an instant: their tokens are spent.
func (r *revocations) prune(before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.ended {
		if at.Before(before) {
			delete(r.ended, id)
		}
	}
}
