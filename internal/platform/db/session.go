package db

import (
	"context"
	stdsql "database/sql"
	"strings"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"
)

// execQuerier is what ent's raw statements need below the dialect.
type execQuerier interface {
	ExecContext(ctx context.Context, query string, args ...any) (stdsql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*stdsql.Rows, error)
}

// session stands between ent and the database: it counts statements and brings instants into the
// one form that is stored, UTC in microseconds. SQLite keeps instants as text and compares them as
// text, which is right only when all are in one zone; PostgreSQL keeps microseconds.
type session struct {
	dialect.Driver
	raw     execQuerier
	observe func(kind string)
	// nested is set inside a transaction, where ent may ask for another.
	nested bool
}

func (d *DB) wrap(inner interface {
	dialect.Driver
	execQuerier
},
) session {
	return session{Driver: inner, raw: inner, observe: d.observe}
}

// Exec implements [dialect.ExecQuerier].
func (d session) Exec(ctx context.Context, query string, args, v any) error {
	d.count(ctx, query)
	return d.Driver.Exec(ctx, query, normalized(args), v)
}

// Query implements [dialect.ExecQuerier].
func (d session) Query(ctx context.Context, query string, args, v any) error {
	d.count(ctx, query)
	return d.Driver.Query(ctx, query, normalized(args), v)
}

// ExecContext runs a raw statement.
func (d session) ExecContext(ctx context.Context, query string, args ...any) (stdsql.Result, error) {
	d.count(ctx, query)
	normalize(args)
	return d.raw.ExecContext(ctx, query, args...)
}

// QueryContext runs a raw query.
func (d session) QueryContext(ctx context.Context, query string, args ...any) (*stdsql.Rows, error) {
	d.count(ctx, query)
	normalize(args)
	return d.raw.QueryContext(ctx, query, args...)
}

// Tx implements [dialect.Driver]. Inside a transaction it answers with the same transaction, which
// ends only with the outer one: ent opens one for updates with edges.
func (d session) Tx(ctx context.Context) (dialect.Tx, error) {
	if d.nested {
		return dialect.NopTx(d), nil
	}
	return d.Driver.Tx(ctx)
}

func (d session) count(ctx context.Context, query string) {
	kind := "write"
	if strings.HasPrefix(query, "SELECT") {
		kind = "read"
	}
	d.observe(kind)
	if c, ok := ctx.Value(counterKey{}).(*Counter); ok {
		c.n.Add(1)
	}
}

func normalized(args any) any {
	if list, ok := args.([]any); ok {
		normalize(list)
	}
	return args
}

func normalize(args []any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case time.Time:
			args[i] = Instant(v)
		case *time.Time:
			if v != nil {
				args[i] = Instant(*v)
			}
		}
	}
}

// Instant returns t as it is stored: in UTC, in whole microseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Counter counts the statements of one context.
type Counter struct{ n atomic.Int64 }

// Count returns how many statements were run so far.
func (c *Counter) Count() int { return int(c.n.Load()) }

type counterKey struct{}

// WithCounter returns a context whose statements the counter counts.
func WithCounter(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}
