// Package db is the database of Moa: SQLite embedded, or PostgreSQL by URL. Reads go through
// [DB.Read]; every write goes through [DB.InTx], where rows, events and jobs share one transaction.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/moa-bff/moa/ent"
)

// Options say which database to open.
type Options struct {
	// URL is a PostgreSQL connection string; empty for SQLite.
	URL string
	// File is the path of the SQLite database; ignored with a URL.
	File string
	// MaxConns bounds the PostgreSQL pool. Defaults to 32.
	MaxConns int
	// Logger hears of retries. Defaults to no log.
	Logger *slog.Logger
	// Observe is called for each statement with its kind, read or write; nil for nobody.
	Observe func(kind string)
	// Touched is told what a transaction has touched, see [Tx.Touch]; nil for nobody.
	Touched func(tags ...string)
}

// DB is an open database.
type DB struct {
	read    *ent.Client
	dialect string
	observe func(kind string)
	touched func(tags ...string)
	logger  *slog.Logger

	// writer is the one SQLite connection that writes, or the pool on PostgreSQL.
	writer *sql.DB
	// turn is taken by whoever writes to SQLite.
	turn chan struct{}
	// reader is the SQLite pool that only reads, or the pool on PostgreSQL.
	reader *sql.DB
	// pool is the native PostgreSQL pool; nil on SQLite.
	pool *pgxpool.Pool

	// refused is the last write that could not be kept.
	refused atomic.Pointer[refusal]
}

// Open connects to the database. It does not touch the schema: see [DB.Migrate].
func Open(ctx context.Context, opts Options) (*DB, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Observe == nil {
		opts.Observe = func(string) {}
	}
	if opts.Touched == nil {
		opts.Touched = func(...string) {}
	}
	d := &DB{observe: opts.Observe, touched: opts.Touched, logger: opts.Logger, turn: make(chan struct{}, 1)}
	open := d.openSQLite
	if opts.URL != "" {
		open = d.openPostgres
	}
	if err := open(ctx, opts); err != nil {
		return nil, err
	}
	d.read = ent.NewClient(ent.Driver(d.wrap(entsql.OpenDB(d.dialect, d.reader))))
	return d, nil
}

// Read returns the client for reads outside a transaction. On SQLite it cannot write.
func (d *DB) Read() *ent.Client { return d.read }

// Dialect returns [dialect.SQLite] or [dialect.Postgres].
func (d *DB) Dialect() string { return d.dialect }

// IsPostgres reports whether the database is PostgreSQL.
func (d *DB) IsPostgres() bool { return d.dialect == dialect.Postgres }

// Writer returns the connection pool for the job queue: on SQLite the single connection that writes.
func (d *DB) Writer() *sql.DB { return d.writer }

// Pool returns the native PostgreSQL pool, or nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Check reports whether the database answers, with a word about which one it is.
func (d *DB) Check(ctx context.Context) (string, error) {
	version := "sqlite_version()"
	if d.IsPostgres() {
		version = "current_setting('server_version')"
	}
	var answer string
	if err := d.reader.QueryRowContext(ctx, "SELECT "+version).Scan(&answer); err != nil {
		return d.dialect, fmt.Errorf("ask the database for its version: %w", err)
	}
	return d.dialect + " " + answer, nil
}

// Close closes every connection.
func (d *DB) Close() error {
	var errs []error
	if d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	errs = append(errs, d.writer.Close())
	if d.pool != nil {
		d.pool.Close()
	}
	return errors.Join(errs...)
}
