package coupon

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
)

// The statements of the hot path are written by hand.

// claimColumns are what scanClaim reads, in its order.
const claimColumns = "c.id, c.coupon_id, c.user_id, c.status, c.code, c.idempotency_key, c.claimed_at, c.expires_at, c.redeemed_at"

// loadClaims reads the claims of the batch's pairs and keys.
func (d *decision) loadClaims(ctx context.Context, tx *db.Tx) error {
	d.byPair = make(map[pair]*ent.CouponClaim, len(d.batch))
	d.byKey = make(map[keyed]*ent.CouponClaim)
	var pairs, keys []couple
	for _, r := range d.batch {
		pairs = append(pairs, couple{r.couponID, r.userID})
		if r.key != nil {
			keys = append(keys, couple{r.userID, *r.key})
		}
	}
	if err := d.loadWhere(ctx, tx, couponclaim.FieldCouponID, couponclaim.FieldUserID, pairs); err != nil {
		return err
	}
	return d.loadWhere(ctx, tx, couponclaim.FieldUserID, couponclaim.FieldIdempotencyKey, keys)
}

// couple is what two columns, which are unique together, have of a claim.
type couple struct{ a, b string }

// loadWhere reads the claims of which two columns have one of the couples.
func (d *decision) loadWhere(ctx context.Context, tx *db.Tx, a, b string, couples []couple) error {
	if len(couples) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, claimsOfCouples(tx.Dialect(), a, b, couples))
	if err != nil {
		return fmt.Errorf("look up claims: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		claim, err := scanClaim(rows)
		if err != nil {
			return fmt.Errorf("read a claim: %w", err)
		}
		d.remember(claim)
	}
	return rows.Err()
}

// claimsOfCouples looks once into the index for each couple: neither planner may read all claims to join them.
// LIMIT keeps that of PostgreSQL from it, and CROSS JOIN that of SQLite.
func claimsOfCouples(grammar, a, b string, couples []couple) db.Part {
	asked := db.Rows(couples,
		db.Col("a", func(c couple) string { return c.a }),
		db.Col("b", func(c couple) string { return c.b }))
	where := a + " = v.a AND " + b + " = v.b"
	if grammar == dialect.Postgres {
		return db.Together(db.SQL("SELECT "+claimColumns+" FROM "), asked,
			db.SQL(" CROSS JOIN LATERAL (SELECT * FROM coupon_claims WHERE "+where+" LIMIT 1) AS c"))
	}
	return db.Together(db.SQL("SELECT "+claimColumns+" FROM "), asked, db.SQL(" CROSS JOIN coupon_claims AS c ON "+where))
}

func scanClaim(rows *sql.Rows) (*ent.CouponClaim, error) {
	var c ent.CouponClaim
	err := rows.Scan(&c.ID, &c.CouponID, &c.UserID, &c.Status, &c.Code, &c.IdempotencyKey, &c.ClaimedAt, &c.ExpiresAt, &c.RedeemedAt)
	return &c, err
}

// newClaim is what is written of a new claim.
var newClaim = []db.Column[*ent.CouponClaim]{
	db.Col(couponclaim.FieldID, func(c *ent.CouponClaim) string { return c.ID }),
	db.Col(couponclaim.FieldCouponID, func(c *ent.CouponClaim) string { return c.CouponID }),
	db.Col(couponclaim.FieldUserID, func(c *ent.CouponClaim) string { return c.UserID }),
	db.Col(couponclaim.FieldStatus, func(c *ent.CouponClaim) string { return string(c.Status) }),
	db.Col(couponclaim.FieldCode, func(c *ent.CouponClaim) string { return c.Code }),
	db.Col(couponclaim.FieldIdempotencyKey, func(c *ent.CouponClaim) *string { return c.IdempotencyKey }),
	db.Col(couponclaim.FieldClaimedAt, func(c *ent.CouponClaim) time.Time { return c.ClaimedAt }),
	db.Col(couponclaim.FieldExpiresAt, func(c *ent.CouponClaim) time.Time { return c.ExpiresAt }),
}
