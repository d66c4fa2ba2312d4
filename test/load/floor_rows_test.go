package load

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/mattn/go-sqlite3" // the driver for the rows in a file
)

type (
	floorUser   struct{ id, name string }
	floorStore  struct{ id, name, owner string }
	floorCoupon struct {
		id, title, store string
		remaining        int64
	}
)

// The statements of the floor: those of Moa, without the columns that nobody asked for.
const (
	newestStoresSQL = `SELECT id, name, owner_id FROM stores WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 20`
	couponsSQL      = `SELECT id, title, store_id, quantity - claimed_count FROM (
	SELECT id, title, store_id, quantity, claimed_count, ROW_NUMBER() OVER (PARTITION BY store_id ORDER BY id DESC) AS n
	FROM coupons WHERE store_id IN LIST AND deleted_at IS NULL
) AS numbered WHERE n <= 5 ORDER BY store_id, n`
	couponSQL = `SELECT id, title, store_id, quantity - claimed_count FROM coupons WHERE id = $1 AND deleted_at IS NULL`
	storesSQL = `SELECT id, name, owner_id FROM stores WHERE id IN LIST`
	usersSQL  = `SELECT id, name FROM users WHERE id IN LIST`
)

// scanner reads the columns of a row.
type scanner func(columns ...any) error

// lookups are what the floor asks of a database.
type lookups struct {
	// query calls read for each row of the statement.
	query func(ctx context.Context, statement string, argument any, read func(scanner) error) error
}

func (l *lookups) newestStores(ctx context.Context) ([]floorStore, error) {
	return collect(ctx, l, newestStoresSQL, nil, readStore)
}

func (l *lookups) couponsOf(ctx context.Context, stores []string) ([]floorCoupon, error) {
	return collect(ctx, l, couponsSQL, stores, readCoupon)
}

func (l *lookups) couponOf(ctx context.Context, id string) (floorCoupon, error) {
	found, err := collect(ctx, l, couponSQL, id, readCoupon)
	if err == nil && len(found) != 1 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return floorCoupon{}, err
	}
	return found[0], nil
}

func (l *lookups) storesOf(ctx context.Context, ids []string) ([]floorStore, error) {
	return collect(ctx, l, storesSQL, ids, readStore)
}

func (l *lookups) usersOf(ctx context.Context, ids []string) ([]floorUser, error) {
	return collect(ctx, l, usersSQL, ids, func(u *floorUser, scan scanner) error { return scan(&u.id, &u.name) })
}

func readStore(s *floorStore, scan scanner) error { return scan(&s.id, &s.name, &s.owner) }

func readCoupon(c *floorCoupon, scan scanner) error {
	return scan(&c.id, &c.title, &c.store, &c.remaining)
}

func collect[T any](ctx context.Context, l *lookups, statement string, argument any, read func(*T, scanner) error) ([]T, error) {
	var all []T
	err := l.query(ctx, statement, argument, func(scan scanner) error {
		var one T
		err := read(&one, scan)
		all = append(all, one)
		return err
	})
	return all, err
}

// openLookups opens the database at a postgres:// URL or in an SQLite file.
func openLookups(ctx context.Context, source string) (*lookups, error) {
	if strings.HasPrefix(source, "postgres") {
		return openPostgresLookups(ctx, source)
	}
	return openSQLiteLookups(ctx, source)
}

// openPostgresLookups asks over pgx itself, which prepares each statement once a connection.
func openPostgresLookups(ctx context.Context, source string) (*lookups, error) {
	config, err := pgxpool.ParseConfig(source)
	if err != nil {
		return nil, err
	}
	config.MaxConns = rowConns
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	statements := map[string]string{}
	for _, text := range []string{newestStoresSQL, couponsSQL, couponSQL, storesSQL, usersSQL} {
		statements[text] = strings.Replace(text, "IN LIST", "= ANY($1)", 1)
	}
	return &lookups{query: func(ctx context.Context, text string, argument any, read func(scanner) error) error {
		var args []any
		if argument != nil {
			args = []any{argument}
		}
		rows, err := pool.Query(ctx, statements[text], args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := read(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}}, nil
}

// openSQLiteLookups asks prepared statements; a list goes as JSON.
func openSQLiteLookups(ctx context.Context, file string) (*lookups, error) {
	db, err := sql.Open("sqlite3", file+"?_query_only=true&_busy_timeout=5000")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(rowConns)
	db.SetMaxIdleConns(rowConns)
	statements := map[string]*sql.Stmt{}
	for _, text := range []string{newestStoresSQL, couponsSQL, couponSQL, storesSQL, usersSQL} {
		//nolint:sqlclosecheck // it is kept until the program ends
		prepared, err := db.PrepareContext(ctx, strings.Replace(text, "IN LIST", "IN (SELECT value FROM json_each($1))", 1))
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", text, err)
		}
		statements[text] = prepared
	}
	return &lookups{query: func(ctx context.Context, text string, argument any, read func(scanner) error) error {
		var args []any
		switch argument := argument.(type) {
		case string:
			args = []any{argument}
		case []string:
			list, err := json.Marshal(argument)
			if err != nil {
				return err
			}
			args = []any{string(list)}
		}
		// A query that nobody can cancel costs the driver least.
		rows, err := statements[text].QueryContext(context.WithoutCancel(ctx), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := read(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}}, nil
}
