package db

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"
)

// maxValues is how many values SQLite takes in one statement (SQLITE_MAX_VARIABLE_NUMBER).
const maxValues = 32_766

// Insert adds rows to a table, whose name is never a client's, in one statement; no rows are no statement, and
// SQLite gets several where they have more values than it takes. Columns that are not named get their defaults by
// the database; what ent would fill in by itself must be among the columns. It is for the batches of hot paths, of
// up to some hundreds of rows: for thousands see [Tx.InsertAll].
func Insert[R any](ctx context.Context, tx *Tx, table string, columns []Column[R], rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	into := SQL("INSERT INTO " + table + " (" + namesOf(columns) + ") ")
	if tx.dialect == dialect.Postgres {
		return tx.Execute(ctx, into, SQL("SELECT * FROM "), Rows(rows, columns...))
	}
	for some := range slices.Chunk(rows, maxValues/len(columns)) {
		if err := tx.Execute(ctx, into, func(s *statement) { writeValues(s, columns, some) }); err != nil {
			return err
		}
	}
	return nil
}
