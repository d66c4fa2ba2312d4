package counsel_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// TestALeaseFollowsHowLongSavingTakes: a process that is slow is not taken for dead, and one that was slow once is
// not waited for forever.
func TestALeaseFollowsHowLongSavingTakes(t *testing.T) {
	t.Parallel()
	const quick, slow = 250 * time.Millisecond, 3 * time.Second
	require.Equal(t, 6*time.Second, counsel.LeaseAfterForTest(0))
	require.Equal(t, 6*time.Second, counsel.LeaseAfterForTest(0, quick, quick))
	require.Equal(t, 12*time.Second, counsel.LeaseAfterForTest(0, quick, slow))
	require.Equal(t, 12*time.Second, counsel.LeaseAfterForTest(slow, quick), "a round that is not over counts as well")
	require.Equal(t, 15*time.Second, counsel.LeaseAfterForTest(0, time.Minute))
	after := append([]time.Duration{slow}, slices.Repeat([]time.Duration{quick}, 4)...)
	require.Greater(t, counsel.LeaseAfterForTest(0, after...), 10*time.Second)
	after = append(after, slices.Repeat([]time.Duration{quick}, 100)...)
	require.Equal(t, 6*time.Second, counsel.LeaseAfterForTest(0, after...))
}

// TestWhoIsLateGivesGrace: a process that comes late itself cannot tell a dead process from a slow machine.
func TestWhoIsLateGivesGrace(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		session := stopped(t, d, carrier).start(counselsession.KindWORRY, "고민이에요")
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.CounselMessage.Update().Where(counselmessage.LeasedUntilNotNil()).
				SetLeasedUntil(time.Now().Add(-time.Second)).Exec(ctx)
		})
		late := stopped(t, d, carrier)
		attempts := func() (sum int) {
			rows, err := d.Read().CounselMessage.Query().Where(counselmessage.SessionID(session.ID)).All(t.Context())
			require.NoError(t, err)
			for _, row := range rows {
				sum += row.Attempt
			}
			return sum
		}
		late.TakeOverForTest(t.Context(), time.Minute)
		require.Zero(t, attempts())
		late.TakeOverForTest(t.Context(), 0)
		require.Equal(t, 2, attempts())
		late.TakeOverForTest(t.Context(), 0)
		require.Equal(t, 2, attempts(), "once: the lease is new")
	})
}
