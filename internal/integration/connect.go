package integration

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Connect gives a store of the viewer its account at a platform, in the place of one that it may have had there,
// once the platform has let the credential read it, and tells of it. The same account with the same credential
// once more changes nothing. Every wrong field is named at once; [ErrStoreNotFound], [ErrPlatformOff] and
// [ErrRefused] as they say; [fault.Unavailable] when the platform does not answer.
func (s *Service) Connect(ctx context.Context, input ConnectInput) (*ent.Integration, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	given, err := read(input)
	if err != nil {
		return nil, err
	}
	if err := ownStore(ctx, s.deps.DB.Read(), v, input.StoreID, false); err != nil {
		return nil, err
	}
	same, err := s.same(ctx, given)
	if err != nil || same != nil {
		return same, err
	}
	if err := s.try(ctx, given); err != nil {
		return nil, err
	}
	sealed, err := s.deps.Vault.SealText(ctx, input.Credential.Reveal(), bound(input.StoreID, input.Platform)...)
	if err != nil {
		return nil, fmt.Errorf("seal the credential of %s: %w", input.StoreID, err)
	}
	var row *ent.Integration
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		if err := ownStore(ctx, tx.Client, v, input.StoreID, tx.Dialect() == dialect.Postgres); err != nil {
			return err
		}
		if row, err = s.put(ctx, tx, given, sealed); err != nil {
			return fmt.Errorf("connect %s: %w", input.StoreID, err)
		}
		return s.tell(ctx, tx, TopicConnected, row)
	})
	return row, err
}

// same returns what the store has already, where that is what is given.
func (s *Service) same(ctx context.Context, given credential) (*ent.Integration, error) {
	row, err := s.deps.DB.Read().Integration.Query().
		Where(integration.StoreID(given.StoreID), integration.PlatformEQ(given.Platform)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look up the integration of %s: %w", given.StoreID, db.Fault(err))
	case row.Account != given.Account:
		return nil, nil
	}
	kept, err := s.open(ctx, row)
	if err != nil {
		return nil, fmt.Errorf("open the credential of %s: %w", row.ID, err)
	}
	if kept.Reveal() != given.Credential.Reveal() {
		return nil, nil
	}
	return row, nil
}

// put writes the row. The lock of the store lets one at a time do so.
func (s *Service) put(ctx context.Context, tx *db.Tx, given credential, sealed []byte) (*ent.Integration, error) {
	now := s.deps.Now()
	before, err := tx.Integration.Query().
		Where(integration.StoreID(given.StoreID), integration.PlatformEQ(given.Platform)).Only(ctx)
	if ent.IsNotFound(err) {
		return tx.Integration.Create().
			SetStoreID(given.StoreID).SetPlatform(given.Platform).SetCreatedAt(now).SetUpdatedAt(now).
			SetAccount(given.Account).SetCredentialKind(given.kind).SetNillableIdentity(given.identity).SetCredential(sealed).
			Save(ctx)
	}
	if err != nil {
		return nil, err
	}
	update := tx.Integration.UpdateOne(before).
		SetUpdatedAt(now).SetAccount(given.Account).SetCredentialKind(given.kind).SetCredential(sealed)
	db.Assign(given.identity, update.SetIdentity, update.ClearIdentity)
	return update.Save(ctx)
}

// Disconnect removes an integration of the viewer's stores with its credential, and tells of it, or returns
// [ErrNotFound].
func (s *Service) Disconnect(ctx context.Context, id string) (*ent.Integration, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var removed *ent.Integration
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if removed, err = visible(ctx, tx.Client, v, id); err != nil {
			return err
		}
		n, err := tx.Integration.Delete().Where(integration.ID(id)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("disconnect %s: %w", id, err)
		}
		if n == 0 { // somebody was faster
			return ErrNotFound.At("id")
		}
		return s.tell(ctx, tx, TopicDisconnected, removed)
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// tell records that an integration is another now, and ends what was answered with it.
func (s *Service) tell(ctx context.Context, tx *db.Tx, topic string, row *ent.Integration) error {
	tx.Touch(reads.Integrations)
	return s.deps.Events.Record(ctx, tx, event.New{
		Topic: topic, Key: row.ID, Subject: row.ID, Payload: Changed{row.ID, row.StoreID, row.Platform},
	})
}

// ownStore returns [ErrStoreNotFound] unless the store is one of the viewer's, or any for an ADMIN. With lock it
// is not closed before the transaction ends.
func ownStore(ctx context.Context, client *ent.Client, v viewer.Viewer, id string, lock bool) error {
	query := client.Store.Query().Where(store.ID(id), store.DeletedAtIsNil())
	if !v.IsAdmin() {
		query.Where(store.OwnerID(v.ID))
	}
	if lock {
		query.ForUpdate()
	}
	ids, err := query.IDs(ctx)
	if err != nil {
		return fmt.Errorf("get store %s: %w", id, db.Fault(err))
	}
	if len(ids) == 0 {
		return ErrStoreNotFound.At("storeId")
	}
	return nil
}
