package vault

import "context"

// Tend does now what [Vault.Run] does now and then.
func (v *Vault) Tend(ctx context.Context) error { return v.tend(ctx) }
