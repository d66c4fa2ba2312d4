package counsel

import (
	"context"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Watch returns a session now and after each change of its status, the latest only. The channel is closed when
// ctx or the bus ends, and when the session is deleted. Faults: [ErrNotFound].
func (s *Service) Watch(ctx context.Context, sessionID string) (<-chan *ent.CounselSession, error) {
	reader, err := s.deps.Bus.Follow(ctx, TopicChanged, "", sessionID)
	if err != nil {
		return nil, err
	}
	row, err := s.Get(ctx, sessionID)
	if err != nil {
		reader.Close()
		return nil, err
	}
	out := make(chan *ent.CounselSession, 1)
	go func() {
		defer close(out)
		defer reader.Close()
		for {
			latest(out, row)
			if !next(reader) {
				if err := reader.Err(); err != nil {
					fault.End(ctx, fault.Unavailable.Wrap(err))
				}
				return
			}
			if row, err = s.Get(ctx, sessionID); err != nil {
				fault.End(ctx, err)
				return
			}
		}
	}()
	return out, nil
}

// latest puts a value in the place of one that was not read yet.
func latest[T any](out chan T, value T) {
	select {
	case <-out:
	default:
	}
	out <- value
}

// next waits for an entry and takes along what else waits; false when the reader has ended.
func next(reader *bus.Reader) bool {
	if _, open := <-reader.C(); !open {
		return false
	}
	for {
		select {
		case _, open := <-reader.C():
			if !open {
				return false
			}
		default:
			return true
		}
	}
}
