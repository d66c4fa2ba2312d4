package db

import (
	"encoding/json"
	"time"
)

// Value are the Go types of what goes into statements: each has one type of PostgreSQL, which is told because
// PostgreSQL does not always find out. A nil of those that have one is NULL. JSON must be valid; instants are
// stored in UTC, in whole microseconds.
type Value interface {
	string | *string | int | *int | bool | []byte | json.RawMessage | time.Time | *time.Time
}

// Column says how rows fill a column. See [Col].
type Column[R any] struct {
	name, as string
	value    func(row R) any
	array    func(rows []R) any
}

// Col returns the column of a name, which is never a client's, that has of a row what of returns.
func Col[R any, V Value](name string, of func(row R) V) Column[R] {
	return Column[R]{
		name: name, as: typeOf[V](),
		value: func(row R) any { return of(row) },
		// A slice of the type itself: the driver writes most of them without reflection.
		array: func(rows []R) any {
			values := make([]V, len(rows))
			for i, row := range rows {
				values[i] = of(row)
			}
			return values
		},
	}
}

// typeOf returns the type that values have on PostgreSQL.
func typeOf[V Value]() string {
	switch any(*new(V)).(type) {
	case int, *int:
		return "bigint"
	case bool:
		return "boolean"
	case []byte:
		return "bytea"
	case json.RawMessage:
		return "jsonb"
	case time.Time, *time.Time:
		return "timestamptz"
	default: // string and *string
		return "text"
	}
}
