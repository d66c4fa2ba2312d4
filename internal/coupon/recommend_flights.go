package coupon

import (
	"context"
	"sync"
)

// flights lets those who ask the same at the same time share one answer. It differs from
// [golang.org/x/sync/singleflight] in that who waits for another's answer waits no longer than
// its own time, without a goroutine that nobody owns.
type flights struct {
	mu     sync.Mutex
	flying map[string]*flight
}

type flight struct {
	landed chan struct{}
	advice advice
}

// share returns what ask returns to whoever came first with key. Who comes later and has no time any more
// goes on without advice.
func (f *flights) share(ctx context.Context, key string, ask func() advice) advice {
	f.mu.Lock()
	if other, ok := f.flying[key]; ok {
		f.mu.Unlock()
		select {
		case <-other.landed:
			return other.advice
		case <-ctx.Done():
			return advice{waited: true}
		}
	}
	mine := &flight{landed: make(chan struct{})}
	if f.flying == nil {
		f.flying = make(map[string]*flight)
	}
	f.flying[key] = mine
	f.mu.Unlock()
	defer func() { // also when ask panics: nobody may wait for ever
		f.mu.Lock()
		delete(f.flying, key)
		f.mu.Unlock()
		close(mine.landed)
	}()
	mine.advice = ask()
	return mine.advice
}
