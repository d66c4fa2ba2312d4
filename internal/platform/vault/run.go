package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/datakey"
	"github.com/moa-bff/moa/internal/platform/db"
)

// tending is how often a running vault tells the rows how often it has sealed.
const tending = 20 * time.Second

// Run counts the seals of this process into the rows, and replaces a data key long before it has encrypted too
// often, until ctx ends. Without it a vault works, but its seals are not counted.
func (v *Vault) Run(ctx context.Context) error {
	tick := time.NewTicker(tending)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := v.tend(ctx); err != nil && ctx.Err() == nil {
				v.logger.WarnContext(ctx, "the seals could not be counted", "error", err)
			}
		case <-ctx.Done():
			return v.tell(context.WithoutCancel(ctx))
		}
	}
}

// tend tells what was sealed, looks for a newer data key, and replaces one that has encrypted often.
func (v *Vault) tend(ctx context.Context) error {
	if err := v.tell(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := v.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	row, err := currentRow(ctx, v.db.Read())
	if err != nil || row == nil {
		return err // a vault that nobody has used yet has nothing to tend
	}
	if row.Seals < renewSeals {
		_, err = v.adopt(ctx, row)
		return err
	}
	// By the keeper that has wrapped the old key: every process knows that one, while a new first keeper may
	// just be on its way to them.
	_, err = v.replace(ctx, row.ID, v.keepersFor(row)[0])
	return err
}

// tell adds what this process has sealed to the counts in the rows.
func (v *Vault) tell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, key := range *v.known.Load() {
		n := key.own.Load()
		if n == 0 {
			continue
		}
		err := v.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.DataKey.Update().Where(datakey.ID(key.id.row())).AddSeals(n).Exec(ctx)
		})
		if err != nil {
			return fmt.Errorf("count the seals of data key %s: %w", key.id.row(), err)
		}
		key.told.Add(n)
		key.own.Add(-n)
	}
	return nil
}

// Unlock reads every data key, so that what cannot be opened is known at the start, and makes the first one
// when there is none. It returns [ErrWrongKey], or a [fault.Unavailable] when the database or a key management
// service is away and a later try may succeed.
func (v *Vault) Unlock(ctx context.Context) error {
	if _, err := v.learnAll(ctx); err != nil {
		return err
	}
	_, err := v.current(ctx)
	return err
}

// Check reports whether every data key can be used, with a word about how many there are.
func (v *Vault) Check(ctx context.Context) (string, error) {
	n, err := v.learnAll(ctx)
	return fmt.Sprintf("data keys: %d", n), err
}

// learnAll unwraps the data keys that are not known yet and returns how many there are.
func (v *Vault) learnAll(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := v.enter(ctx)
	if err != nil {
		return 0, db.Fault(err)
	}
	defer leave()
	rows, err := v.db.Read().DataKey.Query().Order(ent.Asc(datakey.FieldID)).All(ctx)
	if err != nil {
		return 0, db.Fault(fmt.Errorf("read the data keys: %w", err))
	}
	for _, row := range rows {
		if _, err := v.learn(ctx, row); err != nil {
			return len(rows), err
		}
	}
	return len(rows), nil
}
