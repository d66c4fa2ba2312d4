package dashboard

import (
	"context"
	"time"
)

// lookEvery is how often the versions of imported data are read while somebody watches: an import is
// another program, and need not share a bus with this one.
const lookEvery = 250 * time.Millisecond

// Run hears of changes, for those who watch, until ctx ends. Call it once.
func (s *Service) Run(ctx context.Context) error {
	for _, kind := range s.kinds {
		if tags := s.tagsOf(kind); len(tags) > 0 {
			defer s.deps.Ledger.Listen(tags, func() { s.watches.rouse(kind.Name) })()
			s.watches.rouse(kind.Name) // what changed while nobody listened
		}
	}
	return s.look(ctx)
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
