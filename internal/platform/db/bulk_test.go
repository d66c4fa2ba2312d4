package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// TestManyRowsGoInAtOnce holds that rows in bulk are what ent would have written.
func TestManyRowsGoInAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		person := testkit.Person(t, d, user.RoleUSER)
		at := time.Date(2026, 1, 31, 23, 59, 59, 123_456_789, time.FixedZone("Seoul", 9*60*60))
		columns := []string{searchhistory.FieldID, searchhistory.FieldCreatedAt, searchhistory.FieldUserID, searchhistory.FieldKeyword}
		fill := func(ids ...string) error {
			return d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				var rows [][]any
				for _, id := range ids {
					rows = append(rows, []any{id, at, person.ID, "'빵'; --" + id})
				}
				return tx.InsertAll(ctx, searchhistory.Table, columns, rows)
			})
		}
		require.NoError(t, fill())
		require.NoError(t, fill("a", "b"))
		kept, err := d.Read().SearchHistory.Query().Order(searchhistory.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, 2)
		require.Equal(t, "'빵'; --a", kept[0].Keyword)
		require.Equal(t, db.Instant(at), kept[0].CreatedAt.UTC())
		before, err := d.Read().SearchHistory.Query().Where(searchhistory.CreatedAtLTE(at)).Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, before, "instants compare with those of everybody else")

		require.True(t, db.IsDuplicate(fill("c", "a")))
		count, err := d.Read().SearchHistory.Query().Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, count, "all or nothing")
	})
}
