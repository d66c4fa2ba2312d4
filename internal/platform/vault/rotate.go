package vault

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/datakey"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Report says what [Vault.Rotate] has done.
type Report struct {
	// DataKey is the id of the data key that encrypts from now on.
	DataKey string
	// Keeper is the name of what has wrapped every data key now.
	Keeper string
	// Wrapped is how many older data keys were wrapped anew.
	Wrapped int
}

// Rotate makes a new data key for what is sealed from now on, and has every older one wrapped anew by the first
// keeper, so that the other keepers are not needed any more. Nothing is encrypted again and nothing stops
// working meanwhile: running processes go on with the keys that they know, and use the new one within half a
// minute. When a keeper fails, nothing has changed.
//
// Where the first keeper is a new one, each running process must know it before, or it cannot open what is
// sealed with the new data key.
func (v *Vault) Rotate(ctx context.Context) (Report, error) {
	leave, err := v.enter(ctx)
	if err != nil {
		return Report{}, err
	}
	defer leave()
	keeper := v.keepers[0]
	wrapped, err := v.rewrap(ctx, keeper)
	if err != nil {
		return Report{}, err
	}
	old := ""
	row, err := currentRow(ctx, v.db.Read())
	if err != nil {
		return Report{}, db.Fault(err)
	}
	if row != nil {
		old = row.ID
	}
	key, err := v.replace(ctx, old, keeper)
	if err != nil {
		return Report{}, err
	}
	// A process may have made a key in between, with a keeper that is about to go.
	late, err := v.rewrap(ctx, keeper, datakey.KeeperNEQ(keeper.Name()))
	return Report{DataKey: key.id.row(), Keeper: keeper.Name(), Wrapped: wrapped + late}, err
}

// rewrap has a keeper wrap the data keys of the rows, all or none, and returns how many.
func (v *Vault) rewrap(ctx context.Context, keeper Keeper, which ...predicate.DataKey) (int, error) {
	rows, err := v.db.Read().DataKey.Query().Where(which...).All(ctx)
	if err != nil {
		return 0, db.Fault(fmt.Errorf("read the data keys: %w", err))
	}
	for _, row := range rows {
		if row.Wrapped, err = v.wrapAnew(ctx, keeper, row); err != nil {
			return 0, err
		}
	}
	err = v.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, row := range rows {
			if err := tx.DataKey.UpdateOneID(row.ID).SetWrapped(row.Wrapped).SetKeeper(keeper.Name()).Exec(ctx); err != nil {
				return fmt.Errorf("keep data key %s as it is wrapped now: %w", row.ID, err)
			}
		}
		return nil
	})
	return len(rows), db.Fault(err)
}

func (v *Vault) wrapAnew(ctx context.Context, keeper Keeper, row *ent.DataKey) ([]byte, error) {
	secret, err := v.unwrap(ctx, row)
	if err != nil {
		return nil, err
	}
	id, err := idOf(row)
	if err != nil {
		return nil, err
	}
	return wrap(ctx, keeper, id, secret)
}
