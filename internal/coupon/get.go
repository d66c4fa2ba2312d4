package coupon

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// visible holds for coupons that people may see: neither they nor their stores are deleted.
func visible() predicate.Coupon {
	return func(s *entsql.Selector) {
		stores := entsql.Table(store.Table)
		gone := entsql.Dialect(s.Dialect()).Select().From(stores).Where(entsql.And(
			entsql.ColumnsEQ(stores.C(store.FieldID), s.C(coupon.FieldStoreID)),
			entsql.NotNull(stores.C(store.FieldDeletedAt)),
		))
		s.Where(entsql.IsNull(s.C(coupon.FieldDeletedAt))).Where(entsql.Not(entsql.Exists(gone)))
	}
}

// Get returns a coupon, or [ErrNotFound] when it does not exist or is deleted.
func (s *Service) Get(ctx context.Context, id string) (*ent.Coupon, error) {
	reads.Note(ctx, id)
	row, err := get(ctx, s.deps.DB.Read(), id)
	if err == nil {
		reads.Note(ctx, row.StoreID) // with which it would go
		s.noteTime(ctx, row)
	}
	return row, err
}

func get(ctx context.Context, client *ent.Client, id string) (*ent.Coupon, error) {
	row, err := client.Coupon.Query().Where(coupon.ID(id), visible()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get coupon %s: %w", id, db.Fault(err))
	}
	return row, nil
}

// ByIDs returns the coupons of the ids, deleted ones included, because claims outlive their coupon.
func (s *Service) ByIDs(ctx context.Context, ids []string) (map[string]*ent.Coupon, error) {
	reads.Note(ctx, ids...)
	query := s.deps.DB.Read().Coupon.Query().Where(coupon.IDIn(ids...))
	query.Select(looked(ctx, coupon.FieldID)...)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get %d coupons: %w", len(ids), db.Fault(err))
	}
	s.noteTime(ctx, rows...)
	found := make(map[string]*ent.Coupon, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}
