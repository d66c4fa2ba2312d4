package e2e_test

import (
	"context"
	"math"
	"time"
)

// stale is how long live stock may be behind the rows when its last change was committed by a replica
// that was killed before it told: another one finds the events after 3 seconds, and tells.
const stale = 8 * time.Second

// stockFollower follows the stock of one coupon of a raid after another, each until it is sold out.
type stockFollower struct {
	raid  *raid
	ended chan struct{}
	// followed counts the coupons that were followed to the end, and told the values.
	followed, told int
}

const stockDocument = `subscription($id: ID!) { couponStock(couponId: $id) { remaining } }`

func followStocks(ctx context.Context, r *raid) *stockFollower {
	f := &stockFollower{raid: r, ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for before := ""; ctx.Err() == nil; {
			if coupon := r.hot(); coupon != before {
				before = coupon
				f.follow(ctx, coupon)
			}
			breathe(ctx)
		}
	}()
	return f
}

// follow follows a coupon through whatever happens until nothing is left of it.
func (f *stockFollower) follow(ctx context.Context, coupon string) {
	left := math.MaxInt
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var moved time.Time // when the crowd was first seen elsewhere
	for n := 0; ctx.Err() == nil; n++ {
		listen := listenSocket
		if n%2 == 1 {
			listen = listenSSE
		}
		s, err := listen(client{url: f.raid.url}, stockDocument, map[string]any{"id": coupon})
		if err != nil {
			breathe(ctx)
			continue
		}
		for open := true; open && ctx.Err() == nil; {
			select {
			case a := <-s.events:
				text, err := a.at("couponStock.remaining")
				if err != nil {
					continue
				}
				remaining := number(text)
				f.told++
				if remaining > left || remaining < 0 {
					f.raid.complain("the live stock of %s went from %d to %d", coupon, left, remaining)
				}
				if left = remaining; left == 0 {
					s.close()
					f.followed++
					return
				}
			case <-s.ended:
				open = len(s.events) > 0
			case <-tick.C:
				if f.raid.hot() != coupon && moved.IsZero() {
					moved = time.Now()
				}
				if !moved.IsZero() && time.Since(moved) > stale {
					f.raid.complain("the live stock of %s stands at %d, and it was sold out %s ago", coupon, left, stale)
					s.close()
					return
				}
			case <-ctx.Done():
			}
		}
		s.close()
	}
}
