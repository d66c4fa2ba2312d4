package testkit

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
)

// During runs act while a transaction has made change and not committed yet, commits once act waits for it,
// and returns what act returns. On SQLite, whose one writer is taken, it commits as soon as act runs.
func During(t testing.TB, d *db.DB, change func(ctx context.Context, tx *db.Tx) error, act func() error) error {
	t.Helper()
	done := make(chan error, 1)
	Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		if err := change(ctx, tx); err != nil {
			return err
		}
		go func() { done <- act() }()
		require.Eventually(t, func() bool { return !d.IsPostgres() || waits(t, d) }, 20*time.Second, 5*time.Millisecond, "nothing waits")
		return nil
	})
	return <-done
}

// DuringDeletion runs act while the account of person is being deleted, as [During] does.
func DuringDeletion(t testing.TB, d *db.DB, person *ent.User, act func() error) error {
	t.Helper()
	return During(t, d, func(ctx context.Context, tx *db.Tx) error {
		query := tx.User.Query().Where(user.ID(person.ID))
		if d.IsPostgres() {
			query.ForUpdate() // as DeleteAccount does
		}
		if _, err := query.Only(ctx); err != nil {
			return err
		}
		return tx.User.UpdateOneID(person.ID).SetDeletedAt(time.Now()).ClearEmail().Exec(ctx)
	}, act)
}

// waits reports whether somebody waits for a lock.
func waits(t testing.TB, d *db.DB) bool {
	t.Helper()
	var waiting bool
	row := d.Pool().QueryRow(context.Background(),
		`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
	require.NoError(t, row.Scan(&waiting))
	return waiting
}
