package store

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/columns"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// The topics of the events of stores. Their key and subject is the store's id, their payload
// [Changed].
const (
	TopicCreated = "store.created"
	TopicUpdated = "store.updated"
	TopicDeleted = "store.deleted"
)

// Changed is the payload of the events of stores.
type Changed struct {
	StoreID string `json:"storeId"`
}

// Deps are what stores need.
type Deps struct {
	DB     *db.DB
	Events *event.Log
	Media  *media.Service
	// Now is the clock. Defaults to [time.Now].
	Now func() time.Time
}

// Service is what can be done with stores.
type Service struct{ Deps }

// New returns the service.
func New(deps Deps) *Service {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return &Service{deps}
}

// Get returns a store, or [ErrNotFound] when it does not exist or is deleted.
func (s *Service) Get(ctx context.Context, id string) (*ent.Store, error) {
	reads.Note(ctx, id)
	return living(ctx, s.DB.Read(), id, false)
}

// ByIDs returns the stores of the ids, deleted ones included: a claim's coupon still names its store.
func (s *Service) ByIDs(ctx context.Context, ids []string) (map[string]*ent.Store, error) {
	reads.Note(ctx, ids...)
	query := s.DB.Read().Store.Query().Where(store.IDIn(ids...))
	query.Select(columns.Of(ctx, store.Table, shown, store.FieldID)...)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get %d stores: %w", len(ids), err)
	}
	found := make(map[string]*ent.Store, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// living returns a store that is not deleted, or [ErrNotFound]. With lock nobody else changes it
// before the transaction ends; SQLite, where transactions come one by one, knows no such lock.
func living(ctx context.Context, client *ent.Client, id string, lock bool) (*ent.Store, error) {
	query := client.Store.Query().Where(store.ID(id), store.DeletedAtIsNil())
	if lock {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get store %s: %w", id, err)
	}
	return row, nil
}

// own returns a living store that the viewer may change, as [living] does: [ErrNotFound], or
// [ErrNotOwner] when it is somebody else's and the viewer does not operate Moa.
func own(ctx context.Context, client *ent.Client, id string, lock bool) (*ent.Store, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	row, err := living(ctx, client, id, lock)
	if err != nil {
		return nil, at(err, "id")
	}
	if row.OwnerID != v.ID && !v.IsAdmin() {
		return nil, ErrNotOwner.At("id")
	}
	return row, nil
}

// record writes an event about a store into the transaction.
func (s *Service) record(ctx context.Context, tx *db.Tx, topic, id string) error {
	return s.Events.Record(ctx, tx, event.New{Topic: topic, Key: id, Subject: id, Payload: Changed{StoreID: id}})
}
