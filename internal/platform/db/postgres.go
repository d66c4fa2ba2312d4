package db

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens one native pool and a database/sql view of it: ent speaks database/sql,
// River speaks pgx, and both must be able to share a session.
func (d *DB) openPostgres(ctx context.Context, opts Options) error {
	config, err := pgxpool.ParseConfig(opts.URL)
	if err != nil {
		return fmt.Errorf("read the database URL: %w", err)
	}
	config.MaxConns = 32
	if opts.MaxConns > 0 {
		config.MaxConns = int32(min(opts.MaxConns, 10_000))
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	d.dialect = dialect.Postgres
	d.pool = pool
	d.writer = stdlib.OpenDBFromPool(pool)
	d.reader = d.writer
	return nil
}
