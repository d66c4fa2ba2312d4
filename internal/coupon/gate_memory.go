package coupon

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// gateCoupons bounds how many coupons a gate in memory knows; the least recently asked go first.
const gateCoupons = 10_000

// MemoryGate is a [Gate] inside this process.
type MemoryGate struct {
	opts GateOptions

	mu    sync.Mutex
	known *lru.LRU[string, settled]
}

// settled is a snapshot and when it was told.
type settled struct {
	Snapshot
	at time.Time
}

var _ Gate = (*MemoryGate)(nil)

// NewMemoryGate returns a gate that knows nothing yet.
func NewMemoryGate(opts GateOptions) *MemoryGate {
	known, _ := lru.NewLRU[string, settled](gateCoupons, nil) // fails for a size below 1 only
	return &MemoryGate{opts: opts.withDefaults(), known: known}
}

// Admit implements [Gate].
func (g *MemoryGate) Admit(_ context.Context, couponID string) (Verdict, error) {
	return g.recent(couponID, g.opts.Trust), nil
}

// recent returns the verdict of a snapshot that is younger than age.
func (g *MemoryGate) recent(couponID string, age time.Duration) Verdict {
	g.mu.Lock()
	s, ok := g.known.Get(couponID)
	g.mu.Unlock()
	now := g.opts.Now()
	if !ok || now.Sub(s.at) >= age {
		return Unknown
	}
	return s.verdict(now)
}

// Settle implements [Gate].
func (g *MemoryGate) Settle(_ context.Context, snapshot Snapshot) error {
	g.learn(snapshot, g.opts.Now())
	return nil
}

// learn notes what was true at an instant.
func (g *MemoryGate) learn(snapshot Snapshot, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if standing, ok := g.known.Peek(snapshot.CouponID); ok && standing.Version > snapshot.Version {
		return
	}
	g.known.Add(snapshot.CouponID, settled{Snapshot: snapshot, at: at})
}

// Forget implements [Gate].
func (g *MemoryGate) Forget(_ context.Context, couponID string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known.Remove(couponID)
	return nil
}
