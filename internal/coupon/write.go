package coupon

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// write decides a batch by the rows and writes the outcome: claims, stock and events.
func (c *committer) write(ctx context.Context, tx *db.Tx, d *decision) error {
	if err := d.load(ctx, tx); err != nil {
		return err
	}
	d.decide(c.deps.Now())
	d.touch(tx)
	if len(d.claims) == 0 {
		return nil
	}
	if err := db.Insert(ctx, tx, couponclaim.Table, newClaim, d.claims); err != nil {
		return fmt.Errorf("insert %d claims: %w", len(d.claims), err)
	}
	for id, n := range d.taken {
		err := tx.Coupon.Update().Where(coupon.ID(id)).AddClaimedCount(n).AddVersion(1).Exec(ctx)
		if err != nil {
			return fmt.Errorf("count claims of %s: %w", id, err)
		}
	}
	return c.deps.Events.Record(ctx, tx, d.events()...)
}

// touch names what the batch changes for readers. The last claim changes the status of its coupon; of a
// commit that was in doubt nothing is left to write, but it may have happened after it was told of.
func (d *decision) touch(tx *db.Tx) {
	for id, c := range d.coupons {
		switch {
		case d.again || d.taken[id] > 0 && Remaining(c) == 0:
			tx.Touch(reads.CouponChanged(id, c.StoreID)...)
		case d.taken[id] > 0:
			tx.Touch(reads.CouponClaimed(id, c.StoreID)...)
		}
	}
}

// load keeps the users of the batch, locks its coupons, in the order of their ids so that two replicas
// never wait for each other, and reads the claims that the users have already got.
func (d *decision) load(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect() == dialect.Postgres {
		// The plans are kept with the connection. One that was made while the table was small would
		// scan it from end to end in the middle of a race.
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return fmt.Errorf("prepare the lookup of claims: %w", err)
		}
	}
	ids, users := make([]string, len(d.batch)), make([]string, len(d.batch))
	for i, r := range d.batch {
		ids[i], users[i] = r.couponID, r.userID
	}
	var err error
	if d.gone, err = tx.GoneUsers(ctx, users...); err != nil {
		return err
	}
	slices.Sort(ids)
	rows, err := locked(tx, tx.Coupon.Query().Where(coupon.IDIn(slices.Compact(ids)...), visible())).
		Order(coupon.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("lock coupons: %w", err)
	}
	d.coupons = make(map[string]*ent.Coupon, len(rows))
	for _, row := range rows {
		d.coupons[row.ID] = row
	}
	return d.loadClaims(ctx, tx)
}

// locked makes a query take the rows for itself until the transaction ends; SQLite has only one
// writer anyway. Rows that refer to the coupon, such as a follow or a day of its usage, can still be
// written meanwhile: its key never changes.
func locked(tx *db.Tx, query *ent.CouponQuery) *ent.CouponQuery {
	if tx.Dialect() == dialect.Postgres {
		return query.ForUpdate(entsql.WithLockClause("FOR NO KEY UPDATE"))
	}
	return query
}

// claimFacts are the payload of the events about one claim.
type claimFacts struct {
	ClaimID  string `json:"claimId"`
	CouponID string `json:"couponId"`
}

// events tells what the batch has changed.
func (d *decision) events() []event.New {
	events := make([]event.New, 0, len(d.claims)+len(d.taken))
	for _, c := range d.claims {
		events = append(events, event.New{
			Topic: TopicClaimed, Key: c.UserID, Subject: c.CouponID,
			Payload: claimFacts{ClaimID: c.ID, CouponID: c.CouponID},
		})
	}
	for id := range d.taken {
		if c := d.coupons[id]; Remaining(c) == 0 {
			events = append(events, event.New{Topic: TopicSoldOut, Key: c.StoreID, Subject: id, Payload: factsOf(c)})
		}
	}
	return events
}
