package coupon

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// The measures of group commit.
const (
	// waitingClaims is how many claims may wait; beyond it they are refused at once.
	waitingClaims = 16_384
	// Rows of one transaction: measured. On PostgreSQL larger batches are slower again.
	batchPostgres = 64
	batchSQLite   = 256
	// batchTime bounds a transaction, so that an outage is noticed.
	batchTime = 10 * time.Second
	// commitTries is how often a batch is decided whose commit got no answer, commitPause apart.
	commitTries = 4
	commitPause = 50 * time.Millisecond
	// drainTime is how long the claims that wait may still be decided when the process ends.
	drainTime = 5 * time.Second
	// busyPause is when to try again after a refusal for lack of room.
	busyPause = time.Second
)

// errStopped says that this process decides no more claims.
var errStopped = errors.New("the committer has stopped")

// committer decides claims by the rows, many in one transaction: what waits while a transaction
// commits forms the next one. A claim is answered after its transaction is durable.
type committer struct {
	deps    Deps
	limit   int
	decided func(c *ent.Coupon, changed bool)
	waiting chan *request
	// near knows what the last transactions found: in a race, most of what waits when the last
	// coupon goes needs no transaction any more.
	near *MemoryGate

	mu      sync.RWMutex
	stopped bool
}

// newCommitter returns a committer that hands each coupon it has looked at to decided.
func newCommitter(deps Deps, decided func(c *ent.Coupon, changed bool)) *committer {
	c := &committer{
		deps: deps, limit: batchSQLite, decided: decided,
		waiting: make(chan *request, waitingClaims),
		near:    NewMemoryGate(GateOptions{Trust: gateNear, Now: deps.Now}),
	}
	if deps.DB != nil && deps.DB.IsPostgres() {
		c.limit = batchPostgres
	}
	return c
}

// submit hands a request over and waits for its outcome.
func (c *committer) submit(ctx context.Context, r *request) (*ent.CouponClaim, error) {
	if err := c.enqueue(r); err != nil {
		return nil, err
	}
	select {
	case o := <-r.answer:
		return o.claim, o.err
	case <-ctx.Done():
		return nil, db.Fault(ctx.Err())
	}
}

func (c *committer) enqueue(r *request) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.stopped {
		return fault.Unavailable.Wrap(errStopped).After(busyPause)
	}
	select {
	case c.waiting <- r:
		return nil
	default:
		return fault.Unavailable.After(busyPause)
	}
}

// run decides claims until ctx ends, then what waits.
func (c *committer) run(ctx context.Context) {
	for {
		select {
		case r := <-c.waiting:
			c.commit(context.WithoutCancel(ctx), c.gather(r))
		case <-ctx.Done():
			c.drain(ctx)
			return
		}
	}
}

// drain lets nobody in any more and decides what waits, or refuses it when time runs out.
func (c *committer) drain(ctx context.Context) {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for {
		select {
		case r := <-c.waiting:
			batch := c.gather(r)
			if ctx.Err() != nil {
				refuse(batch, fault.Unavailable.Wrap(errStopped).After(busyPause))
				continue
			}
			c.commit(ctx, batch)
		default:
			return
		}
	}
}

// gather takes along what else waits, up to a batch, without waiting for more.
func (c *committer) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < c.limit {
		select {
		case r := <-c.waiting:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit decides a batch and answers each of its requests.
func (c *committer) commit(ctx context.Context, batch []*request) {
	batch = c.sift(batch)
	if len(batch) == 0 {
		return
	}
	c.deps.OnBatch(len(batch))
	for try := 1; ; try++ {
		d, err := c.try(ctx, batch, try > 1)
		switch {
		case err == nil:
			d.tell()
			for id, coupon := range d.coupons {
				_ = c.near.Settle(ctx, SnapshotOf(coupon)) // memory never fails
				c.decided(coupon, d.taken[id] > 0 || try > 1)
			}
			return
		case d.decided && try < commitTries:
			// The commit got no answer: it may have happened. Deciding again is safe, because the
			// lock waits for the lost transaction and a request recognises its own claim.
			c.deps.Logger.WarnContext(ctx, "a commit of claims got no answer, deciding again", "claims", len(batch), "error", err)
			pause(ctx, time.Duration(try)*commitPause)
		case d.decided, db.IsAway(err):
			c.deps.Logger.ErrorContext(ctx, "claims are refused while the database is away", "claims", len(batch), "error", err)
			refuse(batch, fault.Unavailable.Wrap(err).After(busyPause))
			pause(ctx, commitPause) // spares the database and the log
			return
		case len(batch) == 1:
			batch[0].answer <- outcome{err: err}
			return
		default:
			// One of them spoils the transaction of all: let each have its own.
			c.deps.Logger.WarnContext(ctx, "a batch of claims failed, deciding one by one", "claims", len(batch), "error", err)
			for i := range batch {
				c.commit(ctx, batch[i:i+1])
			}
			return
		}
	}
}

// try decides a batch in one transaction. The decision is returned also with an error; decided then
// tells that only the commit is in doubt. again says that a commit of this batch was.
func (c *committer) try(ctx context.Context, batch []*request, again bool) (d *decision, err error) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	err = c.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		d = &decision{batch: batch, again: again}
		if err := c.write(ctx, tx, d); err != nil {
			return err
		}
		d.decided = true
		return nil
	})
	if d == nil {
		d = &decision{batch: batch} // no transaction could be begun
	}
	return d, err
}

// sift returns the requests that need a transaction: somebody still waits, and the coupon was not
// found finished a moment ago. A key needs one even then, because it may have its claim already.
func (c *committer) sift(batch []*request) []*request {
	kept := batch[:0:0]
	for _, r := range batch {
		if r.abandoned() {
			continue
		}
		if refusal := c.near.recent(r.couponID, gateNear).refusal(); refusal != nil && r.key == nil {
			r.answer <- outcome{err: refusal}
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

func refuse(batch []*request, err error) {
	for _, r := range batch {
		r.answer <- outcome{err: err}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
