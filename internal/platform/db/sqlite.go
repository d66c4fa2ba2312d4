package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"entgo.io/ent/dialect"
	"github.com/mattn/go-sqlite3"
)

// statementCache is how many prepared statements each connection that reads keeps: preparing one takes
// about as long as looking up a row.
const statementCache = "200"

// openSQLite opens one connection that writes and a pool that only reads. A single writer turns
// lock conflicts into a queue; WAL lets the readers go on meanwhile; FULL makes a commit durable.
func (d *DB) openSQLite(ctx context.Context, opts Options) error {
	if err := os.MkdirAll(filepath.Dir(opts.File), 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	common := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"on"},
		"_loc":          {"UTC"},
		"_mutex":        {"no"},
	}
	d.dialect = dialect.SQLite
	d.writer = sql.OpenDB(sqliteConnector(opts.File, common, "_txlock", "immediate"))
	d.writer.SetMaxOpenConns(1)
	// The first connection creates the file and its journal, which readers cannot.
	if err := d.writer.PingContext(ctx); err != nil {
		return fmt.Errorf("open %s: %w", opts.File, err)
	}
	common.Set("_stmt_cache_size", statementCache)
	d.reader = sql.OpenDB(sqliteConnector(opts.File, common, "_query_only", "true"))
	d.reader.SetMaxOpenConns(max(4, runtime.NumCPU()))
	d.reader.SetMaxIdleConns(max(4, runtime.NumCPU()))
	return nil
}

// connector opens SQLite connections with the project's own SQL functions, without the global
// registry of drivers.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func sqliteConnector(file string, common url.Values, key, value string) connector {
	query := url.Values{key: {value}}
	for k, v := range common {
		query[k] = v
	}
	return connector{
		driver: &sqlite3.SQLiteDriver{ConnectHook: registerFunctions},
		dsn:    (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: query.Encode()}).String(),
	}
}

// Connect implements [driver.Connector].
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// Driver implements [driver.Connector].
func (c connector) Driver() driver.Driver { return c.driver }
