package coupon_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// tally counts the outcomes of a race.
type tally struct {
	mu      sync.Mutex
	won     int
	refused map[string]int
}

func (r *tally) count(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.won++
		return
	}
	if r.refused == nil {
		r.refused = map[string]int{}
	}
	r.refused[err.Error()]++
}

// race lets everyone claim at the same moment, each as often as there are services.
func race(askers []context.Context, claim func(i int, ctx context.Context) error) *tally {
	var (
		result tally
		start  = make(chan struct{})
		all    sync.WaitGroup
	)
	for i, ctx := range askers {
		all.Go(func() {
			<-start
			result.count(claim(i, ctx))
		})
	}
	close(start)
	all.Wait()
	return &result
}

// K-20, N-01, N-05: a thousand people race for a hundred coupons.
func TestRace(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(100))

		result := race(people(t, d, 1000), func(_ int, ctx context.Context) error {
			_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
			return err
		})

		require.Equal(t, 100, result.won)
		require.Equal(t, map[string]int{"COUPON_SOLD_OUT": 900}, result.refused)
		b.requireStock(c.ID, 100)
		require.Equal(t, 1, b.events(coupon.TopicSoldOut, c.ID))
	})
}

// The same when each client sends its request twice, as impatient clients do.
func TestRaceWithRetries(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		c := b.publish(b.input(100))
		var differing errorList

		result := race(people(t, d, 1000), func(i int, ctx context.Context) error {
			input := coupon.ClaimInput{CouponID: c.ID, IdempotencyKey: ptr(number(i))}
			var second error
			var secondID, firstID string
			var both sync.WaitGroup
			both.Go(func() {
				claim, err := b.Claim(ctx, input)
				if second = err; err == nil {
					secondID = claim.ID
				}
			})
			claim, err := b.Claim(ctx, input)
			if err == nil {
				firstID = claim.ID
			}
			both.Wait()
			if !errors.Is(err, second) || firstID != secondID {
				differing.add(err, second)
			}
			return err
		})

		require.Empty(t, differing.all, "both requests must have the same outcome")
		require.Equal(t, 100, result.won)
		require.Equal(t, map[string]int{"COUPON_SOLD_OUT": 900}, result.refused)
		b.requireStock(c.ID, 100)
	})
}

// errorList collects errors from several goroutines.
type errorList struct {
	mu  sync.Mutex
	all []error
}

func (l *errorList) add(errs ...error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, errs...)
}
