package dashboard

import (
	"context"
	"fmt"

	entdialect "entgo.io/ent/dialect"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/dashboard"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// changedFacts are the payload of [TopicChanged].
type changedFacts struct {
	DashboardID string `json:"dashboardId"`
}

// Create keeps a dashboard of the viewer, who must be an owner. Every wrong field of it and of its questions
// is named at once; [ErrStoreNotFound] when the store is not the viewer's.
func (s *Service) Create(ctx context.Context, input CreateInput) (*Board, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Has(user.RoleOWNER) {
		return nil, fault.Forbidden
	}
	c := boardChecker{kinds: s.kinds, scope: scopeOf(v).within(input.StoreID)}
	title := c.title(&input.Title, "title")
	widgets := c.widgets(input.Widgets, nil)
	if err := c.faults.Err(); err != nil {
		return nil, err
	}
	request := idempotency.Request{UserID: v.ID, Operation: "createDashboard", Key: input.IdempotencyKey, Input: input}
	id, err := idempotency.Once(ctx, s.deps.DB, request, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return "", err
		}
		if err := ownStore(ctx, tx.Client, v, input.StoreID); err != nil {
			return "", err
		}
		row, err := tx.Dashboard.Create().
			SetOwnerID(v.ID).SetNillableStoreID(input.StoreID).SetCreatedAt(s.deps.Now()).
			SetTitle(title).SetWidgets(widgets).
			Save(ctx)
		if err != nil {
			return "", fmt.Errorf("create a dashboard: %w", err)
		}
		return row.ID, nil
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// Update changes a dashboard of the viewer and tells of it. Every wrong field is named at once; [ErrNotFound]
// and [ErrStoreNotFound] as they say.
func (s *Service) Update(ctx context.Context, input UpdateInput) (*Board, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := locked(ctx, tx, v, input.ID)
		if err != nil {
			return err
		}
		update, err := s.change(ctx, tx, v, before, input)
		if err != nil {
			return err
		}
		if err := update.AddVersion(1).Exec(ctx); err != nil {
			return fmt.Errorf("update dashboard %s: %w", input.ID, err)
		}
		return s.tell(ctx, tx, input.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, input.ID)
}

// change returns the update that the input asks for.
func (s *Service) change(ctx context.Context, tx *db.Tx, v viewer.Viewer, before *Board, input UpdateInput) (*ent.DashboardUpdateOne, error) {
	storeID, moves := input.StoreID.ValueOK()
	if !moves {
		storeID = before.StoreID
	}
	c := boardChecker{kinds: s.kinds, scope: scopeOf(v).within(storeID)}
	update := tx.Dashboard.UpdateOneID(before.ID)
	if title, set := input.Title.ValueOK(); set {
		update.SetTitle(c.title(title, "title"))
	}
	if widgets, set := input.Widgets.ValueOK(); set {
		update.SetWidgets(c.widgets(widgets, before.Widgets))
	}
	if moves {
		if err := ownStore(ctx, tx.Client, v, storeID); err != nil {
			return nil, err
		}
		db.Assign(storeID, update.SetStoreID, update.ClearStoreID)
	}
	return update, c.faults.Err()
}

// Delete ends a dashboard of the viewer and tells of it, or returns [ErrNotFound].
func (s *Service) Delete(ctx context.Context, id string) (*Board, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var deleted *Board
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if deleted, err = locked(ctx, tx, v, id); err != nil {
			return err
		}
		if err := tx.Dashboard.DeleteOneID(id).Exec(ctx); err != nil {
			return fmt.Errorf("delete dashboard %s: %w", id, err)
		}
		return s.tell(ctx, tx, id)
	})
	return deleted, err
}

// locked returns a dashboard that the viewer may change, which nobody else changes before the transaction
// ends.
func locked(ctx context.Context, tx *db.Tx, v viewer.Viewer, id string) (*Board, error) {
	if tx.Dialect() == entdialect.Postgres {
		if _, err := tx.Dashboard.Query().Where(dashboard.ID(id)).ForUpdate().Only(ctx); err != nil && !ent.IsNotFound(err) {
			return nil, fmt.Errorf("lock dashboard %s: %w", id, err)
		}
	}
	row, err := visible(ctx, tx.Client, v, id)
	if err != nil {
		return nil, err
	}
	return board(row)
}

// tell records that a dashboard is another now, for those who watch it.
func (s *Service) tell(ctx context.Context, tx *db.Tx, id string) error {
	return s.deps.Events.Record(ctx, tx, event.New{Topic: TopicChanged, Key: id, Subject: id, Payload: changedFacts{id}})
}
