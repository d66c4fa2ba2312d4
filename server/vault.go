package server

import (
	"context"
	"errors"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// openVault makes the vault with its keepers: the key management services before the configured keys.
func (a *App) openVault(ctx context.Context) error {
	var keepers []vault.Keeper
	for _, address := range a.config.Vault.URL {
		keeper, err := vault.OpenKeeper(ctx, address)
		if err != nil {
			return err
		}
		a.closers = append(a.closers, keeper.Close)
		keepers = append(keepers, keeper)
	}
	keys, err := a.config.VaultKeys()
	if err != nil {
		return err
	}
	for _, key := range keys {
		keeper, err := vault.NewLocalKeeper(key)
		if err != nil {
			return err
		}
		keepers = append(keepers, keeper)
	}
	a.vault = vault.New(vault.Options{DB: a.db, Keepers: keepers, Logger: a.logger})
	return nil
}

// unlockVault refuses to start with a wrong key. A key management service that is away now is told by /readyz,
// and asked again when it is needed.
func (a *App) unlockVault(ctx context.Context) error {
	err := a.vault.Unlock(ctx)
	if errors.Is(err, fault.Unavailable) {
		a.logger.WarnContext(ctx, "the vault is still locked", "error", err)
		return nil
	}
	return err
}
