package dashboard

import (
	"context"
	"fmt"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
)

// externalNames translates between the ids of Moa and those that imported stores and customers have outside.
type externalNames struct{ db *db.DB }

// external returns the plan in the words of a source outside: whose stores are seen, and which stores and
// customers its conditions name.
func (e externalNames) external(ctx context.Context, p *plan) (*plan, error) {
	outside := *p
	var err error
	if p.scope.owner != "" {
		if outside.scope.external, err = e.storesOf(ctx, p.scope.owner); err != nil {
			return nil, err
		}
	}
	if p.scope.store != "" {
		ids, err := e.translate(ctx, storeNames, store.FieldID, store.FieldExternalID, []string{p.scope.store})
		if err != nil {
			return nil, err
		}
		outside.scope.store = ids[p.scope.store] // empty is no store's
		outside.scope.narrowed = true
	}
	outside.where = slices.Clone(p.where)
	for i, c := range outside.where {
		if c.names == noNames {
			continue
		}
		ids, err := e.translate(ctx, c.names, store.FieldID, store.FieldExternalID, c.values)
		if err != nil {
			return nil, err
		}
		outside.where[i].values = make([]string, len(c.values))
		for j, id := range c.values {
			outside.where[i].values[j] = ids[id]
		}
	}
	return &outside, nil
}

// storesOf returns the external ids of the stores of an owner.
func (e externalNames) storesOf(ctx context.Context, owner string) ([]string, error) {
	rows, err := e.db.Read().Store.Query().
		Where(store.OwnerID(owner), store.ExternalIDNotNil()).
		Order(store.ByExternalID()).Select(store.FieldExternalID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the stores of %s: %w", owner, db.Fault(err))
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = *row.ExternalID
	}
	return ids, nil
}

// internal puts the ids of Moa in the place of external ones. Who is not known here keeps the latter.
func (e externalNames) internal(ctx context.Context, p *plan, groups []group) error {
	for i, d := range p.dimensions {
		if d.names == noNames {
			continue
		}
		var keys []string
		for _, g := range groups {
			keys = append(keys, g.keys[i])
		}
		slices.Sort(keys)
		ids, err := e.translate(ctx, d.names, store.FieldExternalID, store.FieldID, slices.Compact(keys))
		if err != nil {
			return err
		}
		for _, g := range groups {
			if id, ok := ids[g.keys[i]]; ok {
				g.keys[i] = id
			}
		}
	}
	return nil
}

// translate returns for each value of one column, of stores or of users, that of another.
func (e externalNames) translate(ctx context.Context, of reference, from, to string, values []string) (map[string]string, error) {
	table := store.Table
	if of == userNames {
		table = user.Table
	}
	found := make(map[string]string, len(values))
	for some := range slices.Chunk(values, nameChunk) {
		list := make([]any, len(some))
		for i, v := range some {
			list[i] = v
		}
		query, args := entsql.Dialect(e.db.Dialect()).Select(from, to).From(entsql.Table(table)).
			Where(entsql.And(entsql.In(from, list...), entsql.NotNull(to))).Query()
		if err := e.pairs(ctx, found, query, args); err != nil {
			return nil, fmt.Errorf("translate %d ids of %s: %w", len(some), of, db.Fault(err))
		}
	}
	return found, nil
}

// pairs adds what a statement says of two columns.
func (e externalNames) pairs(ctx context.Context, found map[string]string, query string, args []any) error {
	rows, err := e.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		found[a] = b
	}
	return rows.Err()
}
