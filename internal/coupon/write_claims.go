package coupon

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
)

// The statements of the hot path are written by hand. On PostgreSQL rows travel as arrays, so that
// one prepared statement serves batches of all sizes.

// claimColumns are what scanClaim reads, in its order.
const claimColumns = "c.id, c.coupon_id, c.user_id, c.status, c.code, c.idempotency_key, c.claimed_at, c.expires_at, c.redeemed_at"

// loadClaims reads the claims of the batch's pairs and keys.
func (d *decision) loadClaims(ctx context.Context, tx *db.Tx) error {
	d.byPair = make(map[pair]*ent.CouponClaim, len(d.batch))
	d.byKey = make(map[keyed]*ent.CouponClaim)
	var coupons, users, owners, keys []string
	for _, r := range d.batch {
		coupons, users = append(coupons, r.couponID), append(users, r.userID)
		if r.key != nil {
			owners, keys = append(owners, r.userID), append(keys, *r.key)
		}
	}
	if err := d.loadWhere(ctx, tx, couponclaim.FieldCouponID, couponclaim.FieldUserID, coupons, users); err != nil {
		return err
	}
	return d.loadWhere(ctx, tx, couponclaim.FieldUserID, couponclaim.FieldIdempotencyKey, owners, keys)
}

// loadWhere reads the claims whose two columns, which are unique together, hold one of the couples
// (as[i], bs[i]).
func (d *decision) loadWhere(ctx context.Context, tx *db.Tx, a, b string, as, bs []string) error {
	if len(as) == 0 {
		return nil
	}
	query, args := claimsOfCouples(tx.Dialect(), a, b, as, bs)
	rows, err := tx.QueryContext(ctx, query, args...)
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

func claimsOfCouples(d, a, b string, as, bs []string) (query string, args []any) {
	if d == dialect.Postgres {
		// LIMIT keeps the planner from reading all claims to join them: one look into the index
		// for each couple.
		return "SELECT " + claimColumns + " FROM unnest($1::text[], $2::text[]) AS r(a, b) CROSS JOIN LATERAL (" +
			"SELECT * FROM coupon_claims WHERE " + a + " = r.a AND " + b + " = r.b LIMIT 1) AS c", []any{as, bs}
	}
	for i := range as {
		args = append(args, as[i], bs[i])
	}
	return "SELECT " + claimColumns + " FROM coupon_claims AS c WHERE (" + a + ", " + b + ") IN (VALUES " +
		strings.Repeat("(?, ?), ", len(as)-1) + "(?, ?))", args
}

func scanClaim(rows *sql.Rows) (*ent.CouponClaim, error) {
	var c ent.CouponClaim
	err := rows.Scan(&c.ID, &c.CouponID, &c.UserID, &c.Status, &c.Code, &c.IdempotencyKey, &c.ClaimedAt, &c.ExpiresAt, &c.RedeemedAt)
	return &c, err
}

// insertClaims writes the new claims in one statement.
func insertClaims(ctx context.Context, tx *db.Tx, claims []*ent.CouponClaim) error {
	query, args := insertManyClaims(tx.Dialect(), claims)
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("insert %d claims: %w", len(claims), err)
	}
	return nil
}

func insertManyClaims(d string, claims []*ent.CouponClaim) (query string, args []any) {
	if d != dialect.Postgres {
		insert := entsql.Dialect(d).Insert(couponclaim.Table).
			Columns("id", "coupon_id", "user_id", "status", "code", "idempotency_key", "claimed_at", "expires_at")
		for _, c := range claims {
			insert.Values(c.ID, c.CouponID, c.UserID, string(c.Status), c.Code, c.IdempotencyKey, c.ClaimedAt, c.ExpiresAt)
		}
		return insert.Query()
	}
	n := len(claims)
	ids, coupons, users, codes := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	keys, claimed, expires := make([]*string, n), make([]time.Time, n), make([]time.Time, n)
	for i, c := range claims {
		ids[i], coupons[i], users[i], codes[i] = c.ID, c.CouponID, c.UserID, c.Code
		keys[i], claimed[i], expires[i] = c.IdempotencyKey, c.ClaimedAt, c.ExpiresAt
	}
	return "INSERT INTO coupon_claims (id, coupon_id, user_id, status, code, idempotency_key, claimed_at, expires_at) " +
			"SELECT id, coupon_id, user_id, 'UNUSED', code, idempotency_key, claimed_at, expires_at " +
			"FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) " +
			"AS new(id, coupon_id, user_id, code, idempotency_key, claimed_at, expires_at)",
		[]any{ids, coupons, users, codes, keys, claimed, expires}
}
