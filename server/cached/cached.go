// Package cached answers queries of public fields from answers that were given before.
//
// The schema says by @cacheControl which answers may be kept. What an answer read is known while it is
// computed (package reads), so it is dropped as soon as any of that has changed, before whoever changed it
// is told of the success. An answer for which anybody asked who is asking is never kept, whatever was
// declared.
//
// Answers are kept in this process, bounded in bytes, and shared with other processes through Redis. A
// hit reads nothing but this process's memory.
package cached

import (
	"context"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// The bounds of what is remembered beside the answers.
const (
	// plannedOperations is how many operations are known by whether their answers may be kept, and
	// maxDocument is the longest document, in bytes, whose answers are.
	plannedOperations = 2000
	maxDocument       = 20_000
	// personalKeys is how many questions are known to depend on who asks.
	personalKeys = 4096
	// overhead is what an answer takes beside its bytes and slots: key, entry, list and map.
	overhead = 300
)

// The places that a hit can come from, and that a miss can be for.
const (
	FromMemory = "memory"
	FromFlight = "flight"
	FromShared = "shared"
)

// Options are what a cache is made of.
type Options struct {
	// Schema says what may be kept.
	Schema *ast.Schema
	// Ledger knows which answers hold.
	Ledger *reads.Ledger
	// Shared is where processes leave answers for each other; nil for nowhere.
	Shared cache.Cache
	// MaxBytes bounds the memory for answers.
	MaxBytes int64
	// Visible adds extensions.cache to the answers: {"hit": true, "ageSeconds": 1.5}.
	Visible bool
	// OnHit is told where an answer came from, [FromMemory], [FromFlight] or [FromShared]; OnMiss that an
	// answer that may be kept was computed. nil for nobody.
	OnHit  func(from string)
	OnMiss func()
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Cache keeps answers. It is safe for concurrent use.
type Cache struct {
	Options

	plans    *lru.Cache[*ast.OperationDefinition, time.Duration]
	personal *lru.Cache[key, struct{}]

	mu      sync.Mutex
	entries *simplelru.LRU[key, *entry]
	bytes   int64
	flights map[key]*flight
}

// entry is an answer that is kept.
type entry struct {
	data []byte
	// mark is when its computation began, in this process, and read is what it read.
	mark reads.Mark
	read []reads.Slot
	// made is when it was computed, and until is when it ends by itself.
	made  time.Time
	until time.Time
}

func (e *entry) cost() int64 { return int64(len(e.data) + 2*len(e.read) + overhead) }

// New returns an empty cache.
func New(opts Options) (*Cache, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.OnHit == nil {
		opts.OnHit = func(string) {}
	}
	if opts.OnMiss == nil {
		opts.OnMiss = func() {}
	}
	c := &Cache{Options: opts, flights: map[key]*flight{}}
	var err error
	if c.plans, err = lru.New[*ast.OperationDefinition, time.Duration](plannedOperations); err != nil {
		return nil, err
	}
	if c.personal, err = lru.New[key, struct{}](personalKeys); err != nil {
		return nil, err
	}
	// Bytes bound the entries, and each takes more than its overhead.
	c.entries, err = simplelru.NewLRU(int(opts.MaxBytes/overhead)+1, func(_ key, e *entry) { c.bytes -= e.cost() })
	return c, err
}

// Intercept is a response middleware: it answers a query from what is kept, or computes and keeps the
// answer. Everything else it passes on.
func (c *Cache) Intercept(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) {
		return next(ctx)
	}
	op := graphql.GetOperationContext(ctx)
	maxAge := c.maxAge(op)
	if maxAge <= 0 || !c.Ledger.Trusted() {
		return next(ctx)
	}
	k, err := keyOf(op, viewer.Language(ctx))
	if err != nil || c.personal.Contains(k) {
		return next(ctx)
	}
	if e := c.get(k); e != nil {
		return c.hit(e, FromMemory)
	}
	return c.miss(ctx, k, maxAge, next)
}

// maxAge returns for how long answers to the operation may be kept. It is found out once for each
// document: the executor keeps those that it has read, unless they are long.
func (c *Cache) maxAge(op *graphql.OperationContext) time.Duration {
	if op.Operation == nil || op.Operation.Operation != ast.Query || len(op.RawQuery) > maxDocument {
		return 0
	}
	if known, ok := c.plans.Get(op.Operation); ok {
		return known
	}
	plan := planner{c.Schema}.operation(op.Operation)
	c.plans.Add(op.Operation, plan)
	return plan
}

// get returns a kept answer that holds; nil for none.
func (c *Cache) get(k key) *entry {
	c.mu.Lock()
	e, ok := c.entries.Get(k)
	c.mu.Unlock()
	if !ok {
		return nil
	}
	if c.holds(e) {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now, ok := c.entries.Peek(k); ok && now == e {
		c.entries.Remove(k)
	}
	return nil
}

func (c *Cache) holds(e *entry) bool {
	return c.Now().Before(e.until) && c.Ledger.Holds(e.mark, e.read)
}

// put keeps an answer, and lets go of those that were used longest ago.
func (c *Cache) put(k key, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(k)
	if e.cost() > c.MaxBytes {
		return
	}
	c.entries.Add(k, e)
	for c.bytes += e.cost(); c.bytes > c.MaxBytes; {
		c.entries.RemoveOldest()
	}
}

// hit returns a kept answer.
func (c *Cache) hit(e *entry, from string) *graphql.Response {
	c.OnHit(from)
	answer := &graphql.Response{Data: e.data}
	c.show(answer, true, c.Now().Sub(e.made))
	return answer
}

// show tells developers where an answer came from.
func (c *Cache) show(answer *graphql.Response, hit bool, age time.Duration) {
	if !c.Visible || answer == nil {
		return
	}
	if answer.Extensions == nil {
		answer.Extensions = map[string]any{}
	}
	answer.Extensions["cache"] = map[string]any{"hit": hit, "ageSeconds": age.Round(time.Millisecond).Seconds()}
}

// Bytes returns how much memory the answers take.
func (c *Cache) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
