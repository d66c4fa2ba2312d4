// Package loaders turns the many lookups of one operation into few queries. Loaders live as long as
// one operation, or as one event of a live field, so that they never serve what is stale.
package loaders

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/moa-bff/moa/internal/platform/page"
)

// wait is how long a lookup waits for company. The default of 16 ms would dominate every request.
const wait = 150 * time.Microsecond

// Edge is a lookup from one key to one value, batched over all who ask at about the same time.
type Edge[K comparable, V any] struct {
	fetch func(ctx context.Context, keys []K) (map[K]V, error)
	once  sync.Once
	inner *dataloader.Loader[K, V]
	mu    sync.RWMutex
	known map[K]V // made with the first value: most operations need few of the edges
}

// byKey makes an edge of a function that looks up many keys at once. A key that it does not answer
// has the zero value.
func byKey[K comparable, V any](fetch func(ctx context.Context, keys []K) (map[K]V, error)) *Edge[K, V] {
	return &Edge[K, V]{fetch: fetch}
}

// Load returns the value of key.
func (e *Edge[K, V]) Load(ctx context.Context, key K) (V, error) {
	e.mu.RLock()
	v, ok := e.known[key]
	e.mu.RUnlock()
	if ok {
		return v, nil
	}
	return e.loader().Load(ctx, key)()
}

// LoadAll looks up, in one query, which of the keys are not known yet, and returns the values in the order
// of the keys.
func (e *Edge[K, V]) LoadAll(ctx context.Context, keys []K) ([]V, error) {
	if missing := e.missing(keys); len(missing) > 0 {
		found, err := e.fetch(ctx, missing)
		if err != nil {
			return nil, err
		}
		e.remember(missing, func(i int) V { return found[missing[i]] })
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	values := make([]V, len(keys))
	for i, key := range keys {
		values[i] = e.known[key]
	}
	return values, nil
}

// remember keeps the value of each key.
func (e *Edge[K, V]) remember(keys []K, value func(i int) V) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil {
		e.known = make(map[K]V, len(keys))
	}
	for i, key := range keys {
		e.known[key] = value(i)
	}
}

func (e *Edge[K, V]) missing(keys []K) []K {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var missing []K
	for _, key := range keys {
		if _, ok := e.known[key]; !ok {
			missing = append(missing, key)
		}
	}
	return missing
}

// loader is made with the first lookup: most operations need few of the edges.
func (e *Edge[K, V]) loader() *dataloader.Loader[K, V] {
	e.once.Do(func() {
		e.inner = dataloader.NewBatchedLoader(e.batch, dataloader.WithWait[K, V](wait))
	})
	return e.inner
}

func (e *Edge[K, V]) batch(ctx context.Context, keys []K) []*dataloader.Result[V] {
	values, err := e.fetch(ctx, keys)
	results := make([]*dataloader.Result[V], len(keys))
	for i, key := range keys {
		results[i] = &dataloader.Result[V]{Data: values[key], Error: err}
	}
	return results
}

// Pages is a lookup from one key to a page of a list, batched over all who ask for the same page.
type Pages[T, F any] struct {
	fetch func(ctx context.Context, keys []string, args page.Args, filter F) (map[string]*page.Connection[T], error)
	mu    sync.Mutex
	edges map[string]*Edge[string, *page.Connection[T]]
}

// byPage makes an edge of a function that looks up the pages of many keys at once.
func byPage[T, F any](fetch func(ctx context.Context, keys []string, args page.Args, filter F) (map[string]*page.Connection[T], error)) *Pages[T, F] {
	return &Pages[T, F]{fetch: fetch}
}

// Load returns the page of key.
func (p *Pages[T, F]) Load(ctx context.Context, key string, args page.Args, filter F) (*page.Connection[T], error) {
	return p.edge(args, filter).Load(ctx, key)
}

// edge returns the batch of those who ask for the same page.
func (p *Pages[T, F]) edge(args page.Args, filter F) *Edge[string, *page.Connection[T]] {
	same := signature(args, filter)
	p.mu.Lock()
	defer p.mu.Unlock()
	edge, ok := p.edges[same]
	if p.edges == nil {
		p.edges = map[string]*Edge[string, *page.Connection[T]]{}
	}
	if !ok {
		edge = byKey(func(ctx context.Context, keys []string) (map[string]*page.Connection[T], error) {
			return p.fetch(ctx, keys, args, filter)
		})
		p.edges[same] = edge
	}
	return edge
}

// Single is a lookup from one key to a page of a list, with a query for each key: for what is asked of few
// objects at a time, or may be refused for some of them. Each page is looked up once.
type Single[T, F any] struct {
	fetch func(ctx context.Context, key string, args page.Args, filter F) (*page.Connection[T], error)
	mu    sync.Mutex
	tries map[string]*try[T]
}

// try is one lookup, which many may wait for.
type try[T any] struct {
	once sync.Once
	page *page.Connection[T]
	err  error
}

// onePage makes an edge of a function that looks up the page of one key.
func onePage[T, F any](fetch func(ctx context.Context, key string, args page.Args, filter F) (*page.Connection[T], error)) *Single[T, F] {
	return &Single[T, F]{fetch: fetch}
}

// Load returns the page of key.
func (s *Single[T, F]) Load(ctx context.Context, key string, args page.Args, filter F) (*page.Connection[T], error) {
	t := s.try(signature(key, args, filter))
	t.once.Do(func() { t.page, t.err = s.fetch(ctx, key, args, filter) })
	return t.page, t.err
}

func (s *Single[T, F]) try(same string) *try[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tries[same]
	if s.tries == nil {
		s.tries = map[string]*try[T]{}
	}
	if !ok {
		t = &try[T]{}
		s.tries[same] = t
	}
	return t
}
