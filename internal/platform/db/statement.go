package db

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
)

// Hot paths write and look up a batch in one statement, which they make by hand: see [Insert], [Tx.Execute] and
// [Tx.Query]. On PostgreSQL rows travel as arrays, one for each column, so that one prepared statement serves batches
// of all sizes; on SQLite, which prepares in no time, they are VALUES.

// Part is a part of a statement: [SQL], [Arg], [Rows], or some of them [Together].
type Part func(s *statement)

// SQL is text of the statement, as it is: never a client's.
func SQL(text string) Part {
	return func(s *statement) { s.text.WriteString(text) }
}

// Arg is an argument.
func Arg[V Value](value V) Part {
	return func(s *statement) { s.arg(value, typeOf[V]()) }
}

// Rows is a table v of what columns have of rows, in no order, for FROM or JOIN; its columns have their names. On
// SQLite a statement takes up to 32,766 values.
func Rows[R any](rows []R, columns ...Column[R]) Part {
	return func(s *statement) {
		if s.dialect == dialect.Postgres {
			writeArrays(s, columns, rows)
			return
		}
		s.text.WriteString("(SELECT ")
		for j, c := range columns {
			s.comma(j)
			s.text.WriteString("column" + strconv.Itoa(j+1) + " AS " + c.name)
		}
		s.text.WriteString(" FROM (")
		if len(rows) == 0 {
			s.text.WriteString("SELECT " + strings.Join(emptied(columns), ", ") + " WHERE FALSE")
		} else {
			writeValues(s, columns, rows)
		}
		s.text.WriteString(")) AS v")
	}
}

// emptied returns NULLs under the names that VALUES give to columns.
func emptied[R any](columns []Column[R]) []string {
	nulls := make([]string, len(columns))
	for j := range columns {
		nulls[j] = "NULL AS column" + strconv.Itoa(j+1)
	}
	return nulls
}

// Together is one part of many.
func Together(parts ...Part) Part {
	return func(s *statement) {
		for _, part := range parts {
			part(s)
		}
	}
}

// Execute runs the statement that parts make up.
func (tx *Tx) Execute(ctx context.Context, parts ...Part) error {
	s := newStatement(tx.dialect, parts)
	_, err := tx.ExecContext(ctx, s.text.String(), s.args...)
	return err
}

// Query runs the statement that parts make up and returns its rows, which the caller closes.
func (tx *Tx) Query(ctx context.Context, parts ...Part) (*sql.Rows, error) {
	s := newStatement(tx.dialect, parts)
	return tx.QueryContext(ctx, s.text.String(), s.args...)
}

// statement is a statement in the making.
type statement struct {
	dialect string
	text    strings.Builder
	args    []any
}

func newStatement(grammar string, parts []Part) *statement {
	s := &statement{dialect: grammar}
	Together(parts...)(s)
	return s
}

// arg writes an argument, with the type that PostgreSQL is told.
func (s *statement) arg(value any, as string) {
	s.args = append(s.args, value)
	if s.dialect != dialect.Postgres {
		s.text.WriteByte('?')
		return
	}
	s.text.WriteString("$" + strconv.Itoa(len(s.args)) + "::" + as)
}

// comma parts what is written from what comes before it, if anything.
func (s *statement) comma(before int) {
	if before > 0 {
		s.text.WriteString(", ")
	}
}

// writeArrays writes rows as PostgreSQL takes them apart.
func writeArrays[R any](s *statement, columns []Column[R], rows []R) {
	s.text.WriteString("unnest(")
	for j, c := range columns {
		s.comma(j)
		s.arg(c.array(rows), c.as+"[]")
	}
	s.text.WriteString(") AS v(" + namesOf(columns) + ")")
}

// writeValues writes rows, of which there is one at least, as VALUES.
func writeValues[R any](s *statement, columns []Column[R], rows []R) {
	line := "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
	s.text.Grow(len(rows) * (len(line) + len(", ")))
	s.text.WriteString("VALUES ")
	for i, row := range rows {
		s.comma(i)
		s.text.WriteString(line)
		for _, c := range columns {
			s.args = append(s.args, c.value(row))
		}
	}
}

func namesOf[R any](columns []Column[R]) string {
	names := make([]string, len(columns))
	for j, c := range columns {
		names[j] = c.name
	}
	return strings.Join(names, ", ")
}
