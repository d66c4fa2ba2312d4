package db

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/moa-bff/moa/ent/migrate"
	"github.com/moa-bff/moa/ent/migrate/migrations"
)

// ErrSchemaBehind says that the PostgreSQL schema is older than this program.
var ErrSchemaBehind = errors.New("the database schema is behind this program: run `moa migrate` first")

// searchSQLite builds the search index of the embedded database.
//
//go:embed search_sqlite.sql
var searchSQLite string

// Migrate brings the schema to what this program needs: SQLite is built from the schema, PostgreSQL
// walks the versioned migrations under a lock, so that several replicas may call it at once.
func (d *DB) Migrate(ctx context.Context) error {
	if d.IsPostgres() {
		return d.migratePostgres(ctx)
	}
	return d.migrateSQLite(ctx)
}

func (d *DB) migrateSQLite(ctx context.Context) error {
	// The builder changes the tables that it is given: a copy lets several databases be built at once.
	tables, err := schema.CopyTables(migrate.Tables)
	if err != nil {
		return fmt.Errorf("copy the schema: %w", err)
	}
	drv := migrate.NewSchema(entsql.OpenDB(dialect.SQLite, d.writer))
	if err := migrate.Create(ctx, drv, tables, schema.WithForeignKeys(true)); err != nil {
		return fmt.Errorf("build the schema: %w", err)
	}
	if _, err := d.writer.ExecContext(ctx, searchSQLite); err != nil {
		return fmt.Errorf("build the search index: %w", err)
	}
	return migrateRiver(ctx, riversqlite.New(d.writer))
}

func (d *DB) migratePostgres(ctx context.Context) error {
	provider, err := d.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return migrateRiver(ctx, riverpgxv5.New(d.pool))
}

func (d *DB) provider() (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("prepare the migration lock: %w", err)
	}
	return goose.NewProvider(goose.DialectPostgres, d.writer, fs.FS(migrations.Files),
		goose.WithSessionLocker(locker), goose.WithTableName("moa_migrations"))
}

// CheckSchema returns [ErrSchemaBehind] when a migration is missing, and a word about the version
// of the schema. SQLite is never behind: it is built when it is opened.
func (d *DB) CheckSchema(ctx context.Context) (string, error) {
	if !d.IsPostgres() {
		return "built from the schema", nil
	}
	provider, err := d.provider()
	if err != nil {
		return "", err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return "", fmt.Errorf("read the version of the schema: %w", err)
	}
	if pending {
		return "migrations pending", ErrSchemaBehind
	}
	river, err := rivermigrate.New(riverpgxv5.New(d.pool), nil)
	if err != nil {
		return "", fmt.Errorf("prepare the queue's migrations: %w", err)
	}
	result, err := river.Validate(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("read the version of the queue's schema: %w", err)
	}
	if !result.OK {
		return "queue migrations pending", ErrSchemaBehind
	}
	return "up to date", nil
}

func migrateRiver[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return fmt.Errorf("prepare the queue's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}
