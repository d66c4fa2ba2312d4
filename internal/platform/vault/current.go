package vault

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/datakey"
	"github.com/moa-bff/moa/internal/platform/db"
)

// current returns the data key for new texts. Now and then one caller looks whether another process has
// replaced it; the others go on meanwhile.
func (v *Vault) current(ctx context.Context) (*dataKey, error) {
	held := v.held.Load()
	switch {
	case held == nil:
		return v.first(ctx)
	case v.now().Before(held.until):
		return held.key, nil
	}
	select {
	case v.turn <- struct{}{}:
	default:
		return held.key, nil
	}
	defer func() { <-v.turn }()
	key, err := v.look(ctx)
	switch {
	case err != nil:
		// The key that is held goes on to open what it seals: a failed look is worth no failure.
		v.logger.WarnContext(ctx, "the current data key could not be looked up", "error", err)
		v.hold(held.key)
		return held.key, nil
	case key == nil:
		// What it seals could be opened by this process only, and by nobody after its end.
		return nil, fmt.Errorf("%w: its row %s is gone", ErrNoDataKey, held.key.id.row())
	}
	return key, nil
}

// first returns the data key for new texts when this process knows none: the one of the rows, or a new one
// when there are no rows.
func (v *Vault) first(ctx context.Context) (*dataKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := v.enter(ctx)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer leave()
	if held := v.held.Load(); held != nil {
		return held.key, nil
	}
	if key, err := v.look(ctx); err != nil || key != nil {
		return key, err
	}
	return v.replace(ctx, "", v.keepers[0])
}

// look reads which data key is the current one and holds it; nil when there is none yet. The caller has the
// turn.
func (v *Vault) look(ctx context.Context) (*dataKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	row, err := currentRow(ctx, v.db.Read())
	if err != nil || row == nil {
		return nil, db.Fault(err)
	}
	return v.adopt(ctx, row)
}

// adopt makes the data key of a row the one for new texts.
func (v *Vault) adopt(ctx context.Context, row *ent.DataKey) (*dataKey, error) {
	key, err := v.learn(ctx, row)
	if err != nil {
		return nil, err
	}
	v.hold(key)
	return key, nil
}

func (v *Vault) hold(key *dataKey) { v.held.Store(&tenure{key: key, until: v.now().Add(fresh)}) }

// currentRow returns the row of the data key for new texts, nil when there is none. Where two processes have
// made the first one at once there are two, and all choose the later.
func currentRow(ctx context.Context, client *ent.Client) (*ent.DataKey, error) {
	row, err := client.DataKey.Query().Where(datakey.RetiredAtIsNil()).Order(ent.Desc(datakey.FieldID)).First(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the current data key: %w", err)
	}
	return row, nil
}

// replace makes a new data key the one for new texts, wrapped by a keeper, unless another process has replaced
// the row `old` before: then that one's is. An empty old stands for no row at all. The caller has the turn.
func (v *Vault) replace(ctx context.Context, old string, keeper Keeper) (*dataKey, error) {
	id, secret := newSecret()
	wrapped, err := wrap(ctx, keeper, id, secret)
	if err != nil {
		return nil, err
	}
	var row *ent.DataKey
	err = v.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := lockRow(ctx, tx, old); err != nil {
			return err
		}
		var err error
		if row, err = currentRow(ctx, tx.Client); err != nil || row != nil && row.ID != old {
			return err
		}
		if err := tx.DataKey.Update().Where(datakey.RetiredAtIsNil()).SetRetiredAt(v.now()).Exec(ctx); err != nil {
			return fmt.Errorf("retire the data key: %w", err)
		}
		row, err = tx.DataKey.Create().SetID(id.row()).SetCreatedAt(v.now()).SetWrapped(wrapped).SetKeeper(keeper.Name()).Save(ctx)
		return err
	})
	if err != nil {
		return nil, db.Fault(fmt.Errorf("keep a new data key: %w", err))
	}
	if row.ID == id.row() {
		v.logger.InfoContext(ctx, "a new data key encrypts from now on", "data_key", row.ID, "keeper", row.Keeper)
	}
	return v.adopt(ctx, row)
}

// lockRow lets one process at a time replace a row on PostgreSQL; on SQLite one writes at a time anyway. The
// next statement sees what the others before have committed.
func lockRow(ctx context.Context, tx *db.Tx, id string) error {
	if tx.Dialect() != dialect.Postgres {
		return nil
	}
	if _, err := tx.DataKey.Query().Where(datakey.ID(id)).ForUpdate().IDs(ctx); err != nil {
		return fmt.Errorf("lock the data key: %w", err)
	}
	return nil
}
