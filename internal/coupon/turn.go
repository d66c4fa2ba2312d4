package coupon

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/queue"
)

// turn is a boundary in the life of a coupon.
type turn string

// The boundaries of a coupon.
const (
	turnStart  turn = "start"
	turnEnd    turn = "end"
	turnExpire turn = "expire"
)

// instant is the smallest step of stored time: claiming is open at endsAt and over an instant later.
const instant = time.Microsecond

// turnArgs ask to tell that a coupon has passed a boundary. Status itself needs no job: it is a
// function of the time.
type turnArgs struct {
	CouponID string    `json:"couponId"`
	Turn     turn      `json:"turn"`
	At       time.Time `json:"at"`
}

// Kind implements [queue.Args].
func (turnArgs) Kind() string { return "coupon_turn" }

// turnsOf returns the jobs of all boundaries of c.
func turnsOf(c *ent.Coupon) []queue.Insert {
	return []queue.Insert{
		turnAt(c.ID, turnStart, c.StartsAt),
		turnAt(c.ID, turnEnd, c.EndsAt),
		turnAt(c.ID, turnExpire, c.ExpiresAt),
	}
}

func turnAt(couponID string, what turn, at time.Time) queue.Insert {
	due := at
	if what != turnStart {
		due = at.Add(instant)
	}
	return queue.Insert{Args: turnArgs{CouponID: couponID, Turn: what, At: at.UTC()}, At: due}
}

// boundary returns when c passes the boundary by what stands in its row now.
func (t turn) boundary(c *ent.Coupon) time.Time {
	if t == turnStart {
		return c.StartsAt
	}
	return c.EndsAt
}

// turn handles the job of a boundary. A job of a time that was changed since does nothing.
func (s *Service) turn(ctx context.Context, args turnArgs) error {
	if due := turnAt(args.CouponID, args.Turn, args.At); s.Now().Before(due.At) {
		// The queue counts in milliseconds and may come a moment too early.
		due.At = due.At.Add(time.Millisecond)
		return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.deps.Queue.Insert(ctx, tx, due) })
	}
	if args.Turn == turnExpire {
		return s.expire(ctx, args.CouponID)
	}
	key := string(args.Turn) + " " + args.At.Format(time.RFC3339Nano)
	request := idempotency.Request{UserID: args.CouponID, Operation: "turnCoupon", Key: &key}
	_, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		return args.CouponID, s.pass(ctx, tx, args)
	})
	return err
}

// pass writes that a coupon has passed a boundary, and tells.
func (s *Service) pass(ctx context.Context, tx *db.Tx, args turnArgs) error {
	row, err := locked(tx, tx.Coupon.Query().Where(coupon.ID(args.CouponID), visible())).Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock coupon %s: %w", args.CouponID, err)
	}
	if !args.Turn.boundary(row).Equal(args.At) {
		return nil
	}
	if row, err = row.Update().AddVersion(1).Save(ctx); err != nil {
		return fmt.Errorf("turn coupon %s: %w", args.CouponID, err)
	}
	topic := TopicStarted
	if args.Turn == turnEnd {
		topic = TopicEnded
	}
	err = s.deps.Events.Record(ctx, tx, event.New{Topic: topic, Key: row.StoreID, Subject: row.ID, Payload: factsOf(row)})
	s.announce(ctx, tx, row)
	return err
}
