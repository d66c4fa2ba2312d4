package ga4

import (
	"context"
	"sync"
)

// gate lets so many requests to one property through at a time, and keeps nothing of properties that
// nobody asks.
type gate struct {
	wide int

	mu    sync.Mutex
	doors map[string]*door
}

type door struct {
	slots  chan struct{}
	people int // waiting or inside
}

func newGate(wide int) *gate { return &gate{wide: wide, doors: map[string]*door{}} }

// enter waits for a place, or for the end of ctx. leave gives the place back.
func (g *gate) enter(ctx context.Context, property string) (leave func(), err error) {
	g.mu.Lock()
	d := g.doors[property]
	if d == nil {
		d = &door{slots: make(chan struct{}, g.wide)}
		g.doors[property] = d
	}
	d.people++
	g.mu.Unlock()
	select {
	case d.slots <- struct{}{}:
		return func() {
			<-d.slots
			g.depart(property, d)
		}, nil
	case <-ctx.Done():
		g.depart(property, d)
		return nil, ctx.Err()
	}
}

func (g *gate) depart(property string, d *door) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d.people--; d.people == 0 {
		delete(g.doors, property)
	}
}
