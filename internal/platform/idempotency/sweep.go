package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent/idempotency"
	"github.com/moa-bff/moa/internal/platform/db"
)

// sweepBatch is how many keys are forgotten in one transaction, so that others can write between.
const sweepBatch = 1000

// Sweep forgets the keys that are older than [Retention] at now. It may run at any time and again.
func Sweep(ctx context.Context, d *db.DB, now time.Time) error {
	for {
		var n int
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			ids, err := tx.Idempotency.Query().
				Where(idempotency.CreatedAtLT(now.Add(-Retention))).
				Limit(sweepBatch).
				IDs(ctx)
			if err != nil {
				return fmt.Errorf("look for old idempotency keys: %w", err)
			}
			n, err = tx.Idempotency.Delete().Where(idempotency.IDIn(ids...)).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("forget old idempotency keys: %w", err)
		}
		if n < sweepBatch {
			return nil
		}
	}
}
