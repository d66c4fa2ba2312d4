package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// RequireUser returns [fault.Unauthenticated] when a user is gone, and otherwise keeps the account from being
// deleted until the transaction ends. What is written for a user needs it: an access token may be older than
// the end of its account, and a row that is written beside the deletion would outlive it. Ask it first, so
// that all transactions lock users before anything else.
func (tx *Tx) RequireUser(ctx context.Context, id string) error {
	gone, err := tx.GoneUsers(ctx, id)
	if len(gone) > 0 {
		return fault.Unauthenticated
	}
	return err
}

// The statements return who is gone, because that is hardly ever anybody. On PostgreSQL the others are locked
// as by foreign keys: that waits for a deletion, which locks the whole row, and for hardly anything else.
// SQLite has one writer.
const (
	gonePostgres = "WITH living AS (SELECT id FROM users WHERE id = ANY($1::text[]) AND deleted_at IS NULL FOR KEY SHARE) " +
		"SELECT id FROM unnest($1::text[]) AS asked(id) WHERE id NOT IN (SELECT id FROM living)"
	goneSQLite = "SELECT value FROM json_each($1) WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = value AND deleted_at IS NULL)"
)

// GoneUsers returns those of the users that are not there, and keeps the others, as [Tx.RequireUser] does of
// one.
func (tx *Tx) GoneUsers(ctx context.Context, ids ...string) (gone []string, err error) {
	query, arg := gonePostgres, any(ids)
	if tx.dialect != dialect.Postgres {
		text, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		query, arg = goneSQLite, string(text)
	}
	rows, err := tx.QueryContext(ctx, query, arg)
	if err != nil {
		return nil, fmt.Errorf("look up %d users: %w", len(ids), err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	if err := errors.Join(entsql.ScanSlice(rows, &gone), rows.Err()); err != nil {
		return nil, fmt.Errorf("read who of %d users is gone: %w", len(ids), err)
	}
	return gone, nil
}
