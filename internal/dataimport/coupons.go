package dataimport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
)

// The largest numbers of a coupon.
const (
	maxDiscount = 1_000_000_000
	maxQuantity = 10_000_000
)

// couponRow is a line of a file of coupons.
type couponRow struct {
	row
	externalID      string
	storeExternalID string
	title           string
	kind            coupon.DiscountKind
	value           int
	quantity        int
	startsAt        time.Time
	endsAt          time.Time
	expiresAt       time.Time
}

func readCoupon(r row) (c couponRow, err error) {
	c.row = r
	var faults [9]error
	c.externalID, faults[0] = r.id("external_id")
	c.storeExternalID, faults[1] = r.id("store_external_id")
	c.title, faults[2] = r.line("title", 1, 100)
	c.kind = coupon.DiscountKind(r.get("kind"))
	most := maxDiscount
	if faults[3] = coupon.DiscountKindValidator(c.kind); faults[3] != nil {
		faults[3] = fmt.Errorf("kind is %q, it must be AMOUNT or PERCENT", c.kind)
	} else if c.kind == coupon.DiscountKindPERCENT {
		most = 100
	}
	c.value, faults[4] = r.integer("value", 1, most)
	c.quantity, faults[5] = r.integer("quantity", 1, maxQuantity)
	c.startsAt, faults[6] = r.instant("starts_at")
	c.endsAt, faults[7] = r.instant("ends_at")
	c.expiresAt, faults[8] = r.instant("expires_at")
	if err := errors.Join(faults[:]...); err != nil {
		return c, err
	}
	if !c.startsAt.Before(c.endsAt) || c.expiresAt.Before(c.endsAt) {
		return c, errors.New("it must start before it ends, and not expire before it ends")
	}
	return c, nil
}

// writeCoupons creates what is missing and updates what differs. Times may lie in the past. Deleted
// coupons stay deleted, and the quantity never falls below what is claimed.
func writeCoupons(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readCoupon)
	stores, err := b.storesByExternalID(ctx, collect(parsed, func(c couponRow) string { return c.storeExternalID }))
	if err != nil {
		return err
	}
	existing, err := b.couponsByExternalID(ctx, collect(parsed, func(c couponRow) string { return c.externalID }))
	if err != nil {
		return err
	}
	var creates []*ent.CouponCreate
	for _, c := range parsed {
		store, before := stores[c.storeExternalID], existing[c.externalID]
		switch {
		case store == nil:
			b.reject(c.row, "there is no store %s: import the stores first", c.storeExternalID)
		case before != nil && before.StoreID != store.ID:
			b.reject(c.row, "the coupon belongs to another store")
		case before != nil:
			if err := c.update(ctx, b, before); err != nil {
				return err
			}
		case store.DeletedAt != nil:
			b.reject(c.row, "the store %s is deleted", c.storeExternalID)
		default:
			creates = append(creates, c.create(b, store.ID))
		}
	}
	if len(creates) > 0 {
		if err := b.tx.Coupon.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d coupons: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return nil
}

// couponsByExternalID returns the coupons of the ids, deleted ones included. Nobody else claims or
// changes them before the transaction ends.
func (b *batch) couponsByExternalID(ctx context.Context, ids []string) (map[string]*ent.Coupon, error) {
	query := b.tx.Coupon.Query().Where(coupon.ExternalIDIn(ids...)).Order(coupon.ByID())
	if b.tx.Dialect() == dialect.Postgres {
		query.ForUpdate()
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d coupons: %w", len(ids), err)
	}
	found := make(map[string]*ent.Coupon, len(rows))
	for _, c := range rows {
		found[*c.ExternalID] = c
	}
	return found, nil
}

func (c couponRow) create(b *batch, storeID string) *ent.CouponCreate {
	return b.tx.Coupon.Create().
		SetExternalID(c.externalID).SetStoreID(storeID).SetCreatedAt(b.now).
		SetTitle(c.title).SetSearchText(db.SearchText(c.title)).
		SetDiscountKind(c.kind).SetDiscountValue(c.value).SetQuantity(c.quantity).
		SetStartsAt(c.startsAt).SetEndsAt(c.endsAt).SetExpiresAt(c.expiresAt)
}

// update changes a coupon to what the file says, when that differs.
func (c couponRow) update(ctx context.Context, b *batch, before *ent.Coupon) error {
	if before.DeletedAt != nil || before.Title == c.title && before.DiscountKind == c.kind &&
		before.DiscountValue == c.value && before.Quantity == c.quantity && before.StartsAt.Equal(c.startsAt) &&
		before.EndsAt.Equal(c.endsAt) && before.ExpiresAt.Equal(c.expiresAt) {
		b.unchanged++
		return nil
	}
	if c.quantity < before.ClaimedCount {
		b.reject(c.row, "%d are claimed already, more than the quantity", before.ClaimedCount)
		return nil
	}
	text := db.SearchText(c.title)
	if before.Description != nil {
		text += "\n" + db.SearchText(*before.Description)
	}
	err := b.tx.Coupon.UpdateOne(before).
		SetTitle(c.title).SetSearchText(text).
		SetDiscountKind(c.kind).SetDiscountValue(c.value).SetQuantity(c.quantity).
		SetStartsAt(c.startsAt).SetEndsAt(c.endsAt).SetExpiresAt(c.expiresAt).
		AddVersion(1).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("update coupon %s: %w", before.ID, err)
	}
	b.updated++
	return nil
}
