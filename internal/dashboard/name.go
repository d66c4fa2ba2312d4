package dashboard

import (
	"context"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
)

// nameChunk is how many names are looked up at once: SQLite takes 32,766 values a statement.
const nameChunk = 10_000

// name labels the rows whose keys are ids with the names of stores and users.
func (s *Service) name(ctx context.Context, p *plan, a *Analysis) error {
	for i, d := range p.dimensions {
		if d.names == noNames {
			continue
		}
		var ids []string
		for _, row := range a.Rows {
			if !row.IsOthers && row.Keys[i] != "" {
				ids = append(ids, row.Keys[i])
			}
		}
		slices.Sort(ids)
		names, err := s.names(ctx, d.names, slices.Compact(ids))
		if err != nil {
			return err
		}
		for _, row := range a.Rows {
			if name, ok := names[row.Keys[i]]; ok {
				row.Labels[i] = name
			}
		}
	}
	return nil
}

func (s *Service) names(ctx context.Context, of reference, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, nameChunk) {
		if err := s.someNames(ctx, of, some, names); err != nil {
			return nil, fmt.Errorf("look up the names of %d %s: %w", len(some), of, db.Fault(err))
		}
	}
	return names, nil
}

func (s *Service) someNames(ctx context.Context, of reference, ids []string, names map[string]string) error {
	if of == storeNames {
		rows, err := s.deps.DB.Read().Store.Query().Where(store.IDIn(ids...)).Select(store.FieldID, store.FieldName).All(ctx)
		for _, row := range rows {
			names[row.ID] = row.Name
		}
		return err
	}
	rows, err := s.deps.DB.Read().User.Query().Where(user.IDIn(ids...)).Select(user.FieldID, user.FieldName).All(ctx)
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return err
}
