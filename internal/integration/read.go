package integration

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Get returns an integration of the viewer's stores, or any for an ADMIN; [ErrNotFound] otherwise.
func (s *Service) Get(ctx context.Context, id string) (*ent.Integration, error) {
	v := viewer.From(ctx)
	if v.IsGuest() {
		return nil, ErrNotFound
	}
	return visible(ctx, s.deps.DB.Read(), v, id)
}

// visible returns an integration that the viewer may see and end, or [ErrNotFound].
func visible(ctx context.Context, client *ent.Client, v viewer.Viewer, id string) (*ent.Integration, error) {
	query := client.Integration.Query().Where(integration.ID(id))
	if !v.IsAdmin() {
		query.Where(integration.HasStoreWith(store.OwnerID(v.ID)))
	}
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound.At("id")
	}
	if err != nil {
		return nil, fmt.Errorf("get integration %s: %w", id, db.Fault(err))
	}
	return row, nil
}

// List returns a page of the integrations of the viewer's stores, or of all for an ADMIN, the newest first. Bad
// page arguments are [fault.InvalidArgument].
func (s *Service) List(ctx context.Context, args page.Args, filter *Filter) (*Connection, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	window, err := page.NewWindow(args, page.ByID(true, func(row *ent.Integration) string { return row.ID }))
	if err != nil {
		return nil, err
	}
	query := s.deps.DB.Read().Integration.Query()
	if !v.IsAdmin() {
		query.Where(integration.HasStoreWith(store.OwnerID(v.ID)))
	}
	if filter != nil && filter.StoreID != nil {
		query.Where(integration.StoreID(*filter.StoreID))
	}
	if filter != nil && filter.Platform != nil {
		query.Where(integration.PlatformEQ(*filter.Platform))
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list integrations: %w", db.Fault(err))
	}
	return window.Build(rows), nil
}

// Stores returns the ids of the stores that have an account at a platform, of an owner or of all for an empty id,
// in the order of their ids.
func (s *Service) Stores(ctx context.Context, platform integration.Platform, ownerID string) ([]string, error) {
	query := s.deps.DB.Read().Integration.Query().Where(integration.PlatformEQ(platform))
	if ownerID != "" {
		query.Where(integration.HasStoreWith(store.OwnerID(ownerID)))
	}
	rows, err := query.Order(integration.ByStoreID()).Select(integration.FieldStoreID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the stores at %s: %w", platform, db.Fault(err))
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.StoreID
	}
	return ids, nil
}

// Account is an account at a platform, and how it is read.
type Account struct {
	Name       string
	StoreName  string
	Credential vault.Secret
}

// Open returns the account of a store at a platform with its credential, for whoever asks the platform on behalf of
// those who may see the store, or [ErrNotFound].
func (s *Service) Open(ctx context.Context, platform integration.Platform, storeID string) (Account, error) {
	row, err := s.deps.DB.Read().Integration.Query().
		Where(integration.StoreID(storeID), integration.PlatformEQ(platform)).WithStore().Only(ctx)
	if ent.IsNotFound(err) {
		return Account{}, ErrNotFound
	}
	if err != nil {
		return Account{}, fmt.Errorf("get the integration of %s: %w", storeID, db.Fault(err))
	}
	secret, err := s.open(ctx, row)
	if err != nil {
		return Account{}, fmt.Errorf("open the credential of %s: %w", row.ID, err)
	}
	return Account{Name: row.Account, StoreName: row.Edges.Store.Name, Credential: secret}, nil
}

// Check says how many stores have an account at a platform, for operators.
func (s *Service) Check(ctx context.Context, platform integration.Platform) (string, error) {
	n, err := s.deps.DB.Read().Integration.Query().Where(integration.PlatformEQ(platform)).Count(ctx)
	return fmt.Sprintf("stores: %d", n), db.Fault(err)
}
