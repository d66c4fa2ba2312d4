package counsel

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/db"
)

// The statements of what is written for many sessions at once are made here rather than by ent. On PostgreSQL rows
// travel as arrays, so that one prepared statement serves batches of all sizes.

// statement is one statement for many rows, in the grammar of a database.
type statement struct {
	entsql.Builder
	grammar string
}

func newStatement(grammar string) *statement {
	return &statement{Builder: entsql.Dialect(grammar).Select().Builder, grammar: grammar}
}

// write writes text, arguments and rows as they come.
func (s *statement) write(parts ...any) *statement {
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			s.WriteString(p)
		case arg:
			s.arg(p)
		case values:
			s.values(p)
		}
	}
	return s
}

// arg is an argument with the type that PostgreSQL is told: it does not always find that out.
type arg struct {
	value any
	as    string
}

func (s *statement) arg(a arg) {
	s.Arg(a.value)
	if s.grammar == dialect.Postgres {
		s.WriteString("::" + a.as)
	}
}

// values are rows that a statement goes through, of columns with these types. It knows them as v.column1 and so
// on, which is what SQLite calls them.
type values struct {
	types []string
	rows  [][]any
}

func (s *statement) values(v values) {
	if s.grammar == dialect.Postgres {
		s.arrays(v)
		return
	}
	s.WriteString("(VALUES ")
	for i, row := range v.rows {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString("(").Args(row...).WriteString(")")
	}
	s.WriteString(") AS v")
}

func (s *statement) arrays(v values) {
	names := make([]string, len(v.types))
	s.WriteString("unnest(")
	for j, as := range v.types {
		if j > 0 {
			s.WriteString(", ")
		}
		column := make([]any, len(v.rows))
		for i, row := range v.rows {
			column[i] = row[j]
		}
		s.arg(arg{column, as + "[]"})
		names[j] = fmt.Sprintf("column%d", j+1)
	}
	s.WriteString(") AS v(" + strings.Join(names, ", ") + ")")
}

// changeMessages is a statement that changes messages by rows whose first column is the id of one, as far as a
// condition holds, and returns which. PostgreSQL locks them in the order of their ids before: two such statements
// that wait for each other would stand still until it notices.
func changeMessages(grammar string, set []any, rows values, where []any, returning string) *statement {
	s := newStatement(grammar)
	if grammar != dialect.Postgres {
		return s.write("UPDATE counsel_messages AS m SET ").write(set...).
			write(" FROM ", rows, " WHERE m.id = v.column1 AND ").write(where...).write(" RETURNING " + returning)
	}
	return s.write("WITH v AS (SELECT v.* FROM counsel_messages AS m JOIN ", rows, " ON m.id = v.column1 WHERE ").write(where...).
		write(" ORDER BY m.id FOR UPDATE OF m) UPDATE counsel_messages AS m SET ").write(set...).
		write(" FROM v WHERE m.id = v.column1 RETURNING " + returning)
}

// column says how a column of a new row is written. Its value is nil for NULL.
type column[R any] struct {
	name, as string
	of       func(row R) any
}

// insert writes new rows in one statement.
func insert[R any](ctx context.Context, tx *db.Tx, table string, columns []column[R], rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	v, names, picks := values{}, make([]string, len(columns)), make([]string, len(columns))
	for j, c := range columns {
		v.types = append(v.types, c.as)
		names[j], picks[j] = c.name, fmt.Sprintf("v.column%d", j+1)
	}
	for _, row := range rows {
		line := make([]any, len(columns))
		for j, c := range columns {
			line[j] = c.of(row)
		}
		v.rows = append(v.rows, line)
	}
	return execute(ctx, tx, newStatement(tx.Dialect()).write(
		"INSERT INTO "+table+" ("+strings.Join(names, ", ")+") SELECT "+strings.Join(picks, ", ")+" FROM ", v))
}

func execute(ctx context.Context, tx *db.Tx, s *statement) error {
	query, args := s.Query()
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// idsOf reads the ids that a statement returns.
func idsOf(rows *sql.Rows, err error) (ids []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	err = errors.Join(entsql.ScanSlice(rows, &ids), rows.Err())
	return ids, err
}

// optional returns what a pointer points at, or nil.
func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
