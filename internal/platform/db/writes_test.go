package db_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestWritesWithoutRoomAreUnavailable(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := testkit.SQLite(t)
	limit := func(pages string) {
		_, err := d.Writer().ExecContext(ctx, "PRAGMA max_page_count = "+pages)
		require.NoError(t, err)
	}
	write := func() error {
		return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE users SET name = ?", strings.Repeat("방", 1_000_000))
			return err
		})
	}
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return addUser(ctx, tx, "someone") })
	_, err := d.CheckWrites(ctx)
	require.NoError(t, err)

	limit("1") // as many as there are
	err = write()
	require.True(t, db.IsAway(err), "%v", err)
	require.ErrorIs(t, db.Fault(err), fault.Unavailable)
	_, err = d.CheckWrites(ctx)
	require.ErrorContains(t, err, "full")
	require.Equal(t, 1, d.Read().User.Query().CountX(ctx), "who only reads needs no room")

	limit("1000000")
	require.NoError(t, write())
	require.Eventually(t, func() bool {
		_, err := d.CheckWrites(ctx)
		return err == nil
	}, 10*time.Second, 50*time.Millisecond)
}
