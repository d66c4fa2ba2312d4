package integration

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// resealBatch is how many credentials are sealed anew in one transaction.
const resealBatch = 200

// Reseal seals anew, with the current data key, the credentials that were sealed with an older one: see
// [vault.Vault.Register].
func (s *Service) Reseal(ctx context.Context, again vault.Again) error {
	for last := ""; ; {
		rows, err := s.deps.DB.Read().Integration.Query().Where(integration.IDGT(last)).
			Order(integration.ByID()).Limit(resealBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("read the credentials: %w", db.Fault(err))
		}
		if len(rows) == 0 {
			return nil
		}
		if err := s.resealRows(ctx, rows, again); err != nil {
			return err
		}
		last = rows[len(rows)-1].ID
	}
}

func (s *Service) resealRows(ctx context.Context, rows []*ent.Integration, again vault.Again) error {
	fresh := make([][]byte, len(rows)) // nil for what stays
	for i, row := range rows {
		sealed, changed, err := again(ctx, row.Credential, bound(row.StoreID, row.Platform)...)
		if err != nil {
			return fmt.Errorf("seal the credential of %s again: %w", row.ID, err)
		}
		if changed {
			fresh[i] = sealed
		}
	}
	return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i, row := range rows {
			if fresh[i] == nil {
				continue
			}
			// Only in the place of what was read: a new credential may have been given meanwhile.
			err := tx.Integration.Update().Where(integration.ID(row.ID), integration.Credential(row.Credential)).SetCredential(fresh[i]).Exec(ctx)
			if err != nil {
				return fmt.Errorf("keep the credential of %s: %w", row.ID, err)
			}
		}
		return nil
	})
}
