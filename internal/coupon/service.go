package coupon

import (
	"context"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/words"
)

const (
	// limitedViewers is how many viewers the limiter of a process remembers.
	limitedViewers = 10_000
	// defaultModelCalls is in an hour. A call reads up to 40 coupons, some 2000 tokens.
	defaultModelCalls = 120
)

// Deps is what coupons stand on. All of it is needed unless a field says otherwise.
type Deps struct {
	DB     *db.DB
	Bus    bus.Bus
	Events *event.Log
	Queue  *queue.Queue
	Gate   Gate
	Cache  cache.Cache
	Words  *words.Book
	// Model picks what is recommended; nil for popularity alone.
	Model *llm.Client
	// Limiter bounds how often Model is asked. Defaults to one of this process.
	Limiter cache.Limiter
	// ModelCalls is how often Model may be asked in an hour, for all viewers together; a quarter of it
	// at once. Defaults to 120.
	ModelCalls int
	// StoreNotFound and StoreNotOwner are what to say of the store of a new coupon.
	StoreNotFound *fault.Error
	StoreNotOwner *fault.Error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of failures. Defaults to no log.
	Logger *slog.Logger
	// OnClaim is told the outcome of each claim, "OK" or a code; nil for nobody.
	OnClaim func(outcome string)
	// OnBatch is told how many claims each transaction decided; nil for nobody.
	OnBatch func(size int)
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Limiter == nil {
		d.Limiter = cache.NewMemoryLimiter(limitedViewers)
	}
	if d.ModelCalls == 0 {
		d.ModelCalls = defaultModelCalls
	}
	if d.OnClaim == nil {
		d.OnClaim = func(string) {}
	}
	if d.OnBatch == nil {
		d.OnBatch = func(int) {}
	}
	return d
}

// Service is what can be done with coupons. Claims are decided while [Service.Run] runs.
type Service struct {
	deps      Deps
	committer *committer
	gates     *outbox
	stock     *outbox
	searches  *searchLog
	adviser   *adviser
	decoded   *lru.Cache[string, *ent.Coupon]
}

// New returns the service. It starts nothing.
func New(deps Deps) *Service {
	deps = deps.withDefaults()
	decoded, _ := lru.New[string, *ent.Coupon](decodedCoupons) // fails for a size below 1 only
	s := &Service{deps: deps, searches: newSearchLog(deps), adviser: &adviser{deps: deps}, decoded: decoded}
	s.gates = newOutbox(0, s.settleGate)
	s.stock = newOutbox(stockPace, s.setStock)
	s.committer = newCommitter(deps, func(c *ent.Coupon, changed bool) {
		s.gates.put(c)
		if changed {
			s.stock.put(c)
		}
	})
	if deps.Events != nil { // who only counts the usage has none
		deps.Events.OnLate(s.tellLate)
	}
	return s
}

// Now returns the time by the clock of the service.
func (s *Service) Now() time.Time { return s.deps.Now() }

// Run decides claims and carries their news until ctx ends. What is waiting then is still decided,
// or refused with [fault.Unavailable] when time runs out. Call it once.
func (s *Service) Run(ctx context.Context) error {
	// News go on until the last claim is decided.
	news, stop := context.WithCancel(context.WithoutCancel(ctx))
	var carriers errgroup.Group
	carriers.Go(func() error { return s.gates.run(news) })
	carriers.Go(func() error { return s.stock.run(news) })
	carriers.Go(func() error { return s.searches.run(ctx) })
	carriers.Go(func() error { return s.hearClosed(ctx, topicStoreDeleted, coupon.StoreID) })
	carriers.Go(func() error { return s.hearClosed(ctx, topicAccountDeleted, ofOwner) })
	s.committer.run(ctx)
	stop()
	return carriers.Wait()
}

// announce tells of a changed coupon once it is committed. The gate hears of it before the caller
// goes on, so that whoever opens a coupon can claim it at once.
func (s *Service) announce(ctx context.Context, tx *db.Tx, c *ent.Coupon) {
	tx.Touch(reads.CouponChanged(c.ID, c.StoreID)...)
	tx.AfterCommit(func() {
		s.settleGate(context.WithoutCancel(ctx), c)
		s.stock.put(c)
	})
}
