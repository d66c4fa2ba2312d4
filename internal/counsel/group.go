package counsel

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// groupSize is how many beginnings or ends share a transaction at most.
	groupSize = 64
	// groupTime bounds a shared transaction, so that an outage is noticed.
	groupTime = 5 * time.Second
)

// errAlone says that a shared transaction left out what was handed to it: it needs one of its own.
var errAlone = errors.New("it is written alone")

// group lets what is written at the same time share a transaction. Whoever finds nobody writing writes for all
// who wait, and then hands the turn to the first of those who have come meanwhile: so it needs no goroutine of
// its own, and a group is as large as the database is slow.
type group[T any] struct {
	// write writes all of a batch in one transaction, or none of it. It returns those that it left out, because
	// somebody else holds what they need. A batch of one that is alone waits for whatever it needs.
	write func(ctx context.Context, batch []T, alone bool) (left []int, err error)

	mu      sync.Mutex
	writing bool
	waiting []*seat[T]
}

// seat is the place of one who waits for the outcome.
type seat[T any] struct {
	item T
	told chan error // gets the outcome, or errLead
}

// errLead says that it is one's turn to write for all who wait.
var errLead = errors.New("write for all who wait")

// do writes an item, with others where others wait, and returns once it is durable. It returns early when ctx
// ends; the item may be written nevertheless.
func (g *group[T]) do(ctx context.Context, item T) error {
	err := g.share(ctx, item)
	if errors.Is(err, errAlone) {
		_, err = g.write(ctx, []T{item}, true)
	}
	return err
}

// share waits for the outcome of a shared transaction.
func (g *group[T]) share(ctx context.Context, item T) error {
	s := &seat[T]{item: item, told: make(chan error, 1)}
	if g.sitDown(s) {
		g.lead(ctx)
		return <-s.told
	}
	select {
	case err := <-s.told:
		if !errors.Is(err, errLead) {
			return err
		}
		g.lead(ctx)
		return <-s.told
	case <-ctx.Done():
		g.leave(s)
		return ctx.Err()
	}
}

// sitDown takes a place among those who wait; true when nobody writes: then it is one's turn.
func (g *group[T]) sitDown(s *seat[T]) (first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, s)
	first = !g.writing
	g.writing = true
	return first
}

// leave gives a place up. Whoever has just been told to write passes that on.
func (g *group[T]) leave(s *seat[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(other *seat[T]) bool { return other == s })
	select {
	case err := <-s.told:
		if errors.Is(err, errLead) {
			g.passOn()
		}
	default:
	}
}

// passOn hands the turn to the first who waits. The caller holds mu.
func (g *group[T]) passOn() {
	if g.writing = len(g.waiting) > 0; g.writing {
		g.waiting[0].told <- errLead
	}
}

// take returns those who wait longest.
func (g *group[T]) take() []*seat[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), groupSize)
	batch := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return batch
}

// lead writes a batch, tells everybody of it what has become of it, and passes the turn on.
func (g *group[T]) lead(ctx context.Context) {
	batch := g.take()
	outcomes := make([]error, len(batch))
	for i := range outcomes {
		outcomes[i] = errAlone // also when writing panics
	}
	defer func() {
		for i, s := range batch {
			s.told <- outcomes[i]
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.passOn()
	}()
	// The others wait for it as well: it does not end with the one who writes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupTime)
	defer cancel()
	items := make([]T, len(batch))
	for i, s := range batch {
		items[i] = s.item
	}
	left, err := g.write(ctx, items, false)
	if err != nil && len(batch) > 1 && !db.IsAway(err) {
		return // one of them spoils the transaction of all: each has its own
	}
	for i := range outcomes {
		if err != nil || !slices.Contains(left, i) {
			outcomes[i] = err
		}
	}
}
