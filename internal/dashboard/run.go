package dashboard

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// lookEvery is how often the versions of imported data are read while somebody watches: an import is
// another program, and need not share a bus with this one.
const lookEvery = 250 * time.Millisecond

// Run hears of changes, for those who watch, until ctx ends. Call it once.
func (s *Service) Run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(func() error { return s.look(ctx) })
	for _, kind := range s.kinds {
		for _, topic := range kind.topics {
			group.Go(func() error { return s.hear(ctx, topic, kind.Name) })
		}
	}
	return group.Wait()
}

// look compares the versions of the data with those that the watched answers were read from.
func (s *Service) look(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if !s.watches.any() {
			continue
		}
		if found, err := s.versions(ctx); err == nil { // an outage is told by whoever answers
			s.watches.compare(found)
		}
	}
}

// hear follows a log of events and wakes the watches of a kind of data.
func (s *Service) hear(ctx context.Context, topic, kind string) error {
	for ctx.Err() == nil {
		reader, err := s.deps.Bus.Follow(ctx, topic, "")
		if err == nil {
			s.watches.rouse(kind) // what happened while nobody listened
			for range reader.C() {
				s.watches.rouse(kind)
			}
			reader.Close()
		}
		pause(ctx, time.Second)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
