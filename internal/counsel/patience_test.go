package counsel_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// TestAReplyThatCannotBeKeptInTimeIsKeptLater locks a session for longer than a lease, while its replies end: the
// process holds on to them.
func TestAReplyThatCannotBeKeptInTimeIsKeptLater(t *testing.T) {
	t.Parallel()
	d := testkit.Postgres(t)
	script, pass := gated("처음 ", "끝")
	b := setup(t, d, script)
	session := b.start(counselsession.KindWORRY, "고민이에요")
	begun := time.Now()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.CounselSession.Query().Where(counselsession.ID(session.ID)).ForUpdate().Only(ctx)
		require.NoError(t, err)
		pass()
		pass()
		require.Eventually(t, func() bool {
			rows, err := d.Read().CounselMessage.Query().
				Where(counselmessage.SessionID(session.ID), counselmessage.LeasedUntilGT(begun.Add(14*time.Second))).All(context.Background())
			return err == nil && len(rows) == 2
		}, patience, tick, "leases of 6 s go on for 8 s after the end")
		return nil
	})
	b.status(session.ID, counselsession.StatusCOMPLETED)
	_, texts := b.messages(session.ID)
	require.Equal(t, []string{"고민이에요", "처음 끝", "처음 끝"}, texts)
}
