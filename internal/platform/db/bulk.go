package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// InsertAll adds rows to a table, whose name and columns are never a client's: by COPY on PostgreSQL, and with a
// prepared statement on SQLite. For thousands of rows that is several times as fast as one statement with all their
// values, which has to be written, read and planned. Columns that are not named get their defaults by the database;
// what ent would fill in by itself must be among the values. A batch of some hundreds is better off with [Insert].
func (tx *Tx) InsertAll(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	for _, row := range rows {
		normalize(row)
	}
	if tx.pgx != nil {
		_, err := tx.pgx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	}
	statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table, strings.Join(columns, ", "), strings.Repeat(", ?", len(columns)-1)) //nolint:gosec // names of ours
	into, err := tx.sql.PrepareContext(ctx, statement)
	if err != nil {
		return fmt.Errorf("prepare to fill %s: %w", table, err)
	}
	defer into.Close() //nolint:errcheck // a statement that ends with its transaction
	for _, row := range rows {
		if _, err := into.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}
