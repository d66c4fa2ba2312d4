package bus

import (
	"context"
	"sync"
)

// worklist names the topics that wait for attention; a topic that is named twice waits once.
type worklist struct {
	stirred chan struct{}

	mu     sync.Mutex
	topics map[string]struct{}
}

func newWorklist() *worklist {
	return &worklist{stirred: make(chan struct{}, 1), topics: make(map[string]struct{})}
}

func (w *worklist) add(topics ...string) {
	w.mu.Lock()
	for _, topic := range topics {
		w.topics[topic] = struct{}{}
	}
	w.mu.Unlock()
	signal(w.stirred)
}

// take waits for topics, and removes and returns at most limit of them.
func (w *worklist) take(ctx context.Context, limit int) ([]string, error) {
	for {
		if taken := w.grab(limit); len(taken) > 0 {
			return taken, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.stirred:
		}
	}
}

func (w *worklist) grab(limit int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var taken []string
	for topic := range w.topics {
		if len(taken) == limit {
			break
		}
		taken = append(taken, topic)
		delete(w.topics, topic)
	}
	return taken
}

// signal wakes whoever waits on c; signals that were not taken yet melt into one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
