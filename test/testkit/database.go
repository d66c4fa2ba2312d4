// Package testkit is what the tests stand on: real databases, a real Redis, people to act as.
package testkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/migrate/migrations"
	"github.com/moa-bff/moa/internal/platform/db"
)

// PostgresURL is where the tests find PostgreSQL; MOA_TEST_DATABASE_URL chooses another server.
func PostgresURL() string {
	if u := os.Getenv("MOA_TEST_DATABASE_URL"); u != "" {
		return u
	}
	return "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"
}

// OnCI reports whether a missing service is a failure instead of a reason to skip.
func OnCI() bool { return os.Getenv("CI") == "true" }

// Each runs test on SQLite and on PostgreSQL, each an empty database of its own.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, Postgres(t)) })
}

// SQLite returns an empty embedded database that ends with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Options{File: filepath.Join(t.TempDir(), "moa.db")})
}

// Postgres returns an empty PostgreSQL database that ends with the test. Without a server it skips,
// and fails on CI.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Options{URL: PostgresDatabase(t), MaxConns: 16})
}

func open(t testing.TB, opts db.Options) *db.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d, err := db.Open(ctx, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	require.NoError(t, d.Migrate(ctx))
	return d
}

// PostgresDatabase returns the URL of a migrated, empty database that ends with the test.
func PostgresDatabase(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	admin := Admin(t)
	template := templateDatabase(t, admin)
	name := "moa_test_" + ulid.Make().String()
	exec(t, admin, fmt.Sprintf(`CREATE DATABASE %q TEMPLATE %q`, name, template))
	t.Cleanup(func() {
		_, err := admin.ExecContext(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, name))
		require.NoError(t, err)
	})
	return databaseURL(t, name)
}

// Admin returns a connection to the server's own database. Without a server it skips, and fails on CI.
func Admin(t testing.TB) *sql.DB {
	t.Helper()
	admin, err := sql.Open("pgx", PostgresURL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := admin.PingContext(ctx); err != nil {
		if OnCI() {
			t.Fatalf("PostgreSQL must run on CI: %v", err)
		}
		t.Skipf("no PostgreSQL at %s: %v", PostgresURL(), err)
	}
	return admin
}

// templates guards the making of the template database within this process; an advisory lock guards
// it among the processes that run the packages' tests side by side.
var templates sync.Mutex

// templateDatabase returns the name of a migrated database to copy, made once for each state of the
// migrations: copying takes a tenth of migrating.
func templateDatabase(t testing.TB, admin *sql.DB) string {
	t.Helper()
	templates.Lock()
	defer templates.Unlock()
	ctx := context.Background()
	conn, err := admin.Conn(ctx)
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // ends the session and so the lock
	_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock(7303014)`)
	require.NoError(t, err)
	defer func() { _, _ = conn.ExecContext(ctx, `SELECT pg_advisory_unlock(7303014)`) }()

	name := "moa_template_" + fingerprint(t)
	var exists bool
	require.NoError(t, conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists))
	if exists {
		return name
	}
	building := name + "_building"
	exec(t, admin, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, building))
	exec(t, admin, fmt.Sprintf(`CREATE DATABASE %q`, building))
	d, err := db.Open(ctx, db.Options{URL: databaseURL(t, building), MaxConns: 4})
	require.NoError(t, err)
	require.NoError(t, d.Migrate(ctx))
	require.NoError(t, d.Close())
	exec(t, admin, fmt.Sprintf(`ALTER DATABASE %q RENAME TO %q`, building, name))
	return name
}

// fingerprint tells states of the migrations apart.
func fingerprint(t testing.TB) string {
	t.Helper()
	sum := sha256.New()
	require.NoError(t, fs.WalkDir(migrations.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.Files, path)
		sum.Write(text)
		return err
	}))
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

func databaseURL(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(PostgresURL())
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

func exec(t testing.TB, admin *sql.DB, statement string) {
	t.Helper()
	_, err := admin.ExecContext(context.Background(), statement)
	require.NoError(t, err, statement)
}
