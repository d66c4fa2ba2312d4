// Command migrationdiff writes the next PostgreSQL migration: what ent/schema has and the
// migrations have not. It needs an empty PostgreSQL database to replay them in:
//
//	go run ./internal/platform/db/migrationdiff -dev postgres://postgres@127.0.0.1:5432/moa_dev -name add_x
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"

	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/moa-bff/moa/ent/migrate"
)

func main() {
	dev := flag.String("dev", "postgres://postgres@127.0.0.1:5432/moa_dev?sslmode=disable", "an empty PostgreSQL database")
	dir := flag.String("dir", "ent/migrate/migrations", "where the migrations are")
	name := flag.String("name", "", "a name for the new migration, such as add_coupon_colour")
	flag.Parse()
	if err := run(context.Background(), *dev, *dir, *name); err != nil {
		fmt.Fprintln(os.Stderr, "migrationdiff:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dev, dir, name string) error {
	if name == "" {
		return errors.New("a -name is needed")
	}
	files, err := sqltool.NewGooseDir(dir)
	if err != nil {
		return err
	}
	conn, err := sql.Open("pgx", dev)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the program ends here
	return migrate.NewSchema(entsql.OpenDB(dialect.Postgres, conn)).NamedDiff(ctx, name,
		schema.WithDir(files),
		schema.WithMigrationMode(schema.ModeReplay),
		schema.WithFormatter(sqltool.GooseFormatter),
	)
}
