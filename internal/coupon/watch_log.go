package coupon

import (
	"context"
	"encoding/json"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// watchBatch is how many waiting entries are looked up together.
const watchBatch = 64

// entry is an entry of a log with its payload read.
type entry[F any] struct {
	bus.Entry
	facts F
}

// item is what a client gets of a log.
type item interface{ place() bus.Place }

func (p *Published) place() bus.Place { return bus.Place{Cursor: p.Cursor, Reset: p.Reset} }
func (c *Claimed) place() bus.Place   { return bus.Place{Cursor: c.Cursor, Reset: c.Reset} }

// forward turns the entries of a log into what clients get, until the reader or ctx ends. What
// waits is looked up together; an entry for which load gives nothing is left out. A Reset is given
// to reset and passed on.
func forward[F any, T item](
	ctx context.Context, reader *bus.Reader,
	reset func(cursor string) T,
	load func(ctx context.Context, entries []entry[F]) ([]T, error),
) <-chan T {
	out := make(chan T)
	go func() {
		defer close(out)
		defer reader.Close()
		for first := range reader.C() {
			for _, part := range parts[F](gatherEntries(reader, first)) {
				items, err := resolve(ctx, part, reset, load)
				if err != nil {
					fault.End(ctx, err) // the client resumes after the last entry that it got
					return
				}
				if !deliver(ctx, items, out) {
					return
				}
			}
		}
		if err := reader.Err(); err != nil {
			fault.End(ctx, fault.Unavailable.Wrap(err))
		}
	}()
	return out
}

// deliver hands the items on, each after its place; false when ctx ended.
func deliver[T item](ctx context.Context, items []T, out chan<- T) bool {
	for _, item := range items {
		bus.Pass(ctx, item.place())
		select {
		case out <- item:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// gatherEntries takes along what else waits.
func gatherEntries(reader *bus.Reader, first bus.Entry) []bus.Entry {
	entries := []bus.Entry{first}
	for len(entries) < watchBatch {
		select {
		case next, open := <-reader.C():
			if !open {
				return entries
			}
			entries = append(entries, next)
		default:
			return entries
		}
	}
	return entries
}

// parts cuts entries so that each Reset stands alone. Payloads are ours: one that cannot be read is
// left out.
func parts[F any](entries []bus.Entry) (cut [][]entry[F]) {
	var current []entry[F]
	for _, e := range entries {
		if e.Reset {
			if len(current) > 0 {
				cut = append(cut, current)
			}
			cut, current = append(cut, []entry[F]{{Entry: e}}), nil
			continue
		}
		read := entry[F]{Entry: e}
		if json.Unmarshal(e.Payload, &read.facts) == nil {
			current = append(current, read)
		}
	}
	if len(current) > 0 {
		cut = append(cut, current)
	}
	return cut
}

func resolve[F, T any](
	ctx context.Context, part []entry[F],
	reset func(cursor string) T,
	load func(ctx context.Context, entries []entry[F]) ([]T, error),
) ([]T, error) {
	if part[0].Reset {
		return []T{reset(part[0].Cursor)}, nil
	}
	return load(ctx, part)
}
