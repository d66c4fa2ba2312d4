package counsel_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselbudget"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// crowd begins sessions at once, by guests, while the database is held, so that they wait together. It returns what
// became of each.
func crowd(t *testing.T, guests int, of func(i int) *bundle, key func(i int) *string) ([]counsel.Started, []error) {
	t.Helper()
	started, errs := make([]counsel.Started, guests), make([]error, guests)
	var all, begun sync.WaitGroup
	begun.Add(guests)
	testkit.Write(t, of(0).db, func(ctx context.Context, tx *db.Tx) error {
		if tx.PGX() != nil {
			_, err := tx.ExecContext(ctx, "LOCK TABLE counsel_sessions IN EXCLUSIVE MODE")
			require.NoError(t, err)
		}
		for i := range guests {
			all.Go(func() {
				begun.Done()
				who := korean(viewer.With(context.Background(), viewer.Viewer{GuestID: fmt.Sprintf("gst_%d", i)}))
				if key(i) != nil {
					who = of(0).ctx
				}
				started[i], errs[i] = of(i).Start(who, counsel.StartInput{
					Kind: counselsession.KindWORRY, Worry: ptr("고민이에요"), IdempotencyKey: key(i),
				})
			})
		}
		begun.Wait()
		return nil
	})
	all.Wait()
	return started, errs
}

func noKey(int) *string { return nil }

// TestACrowdBeginsAndEndsTogether: everybody gets a session of their own, and the budgets are right to the token.
func TestACrowdBeginsAndEndsTogether(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const guests = 100
		gate := make(chan struct{})
		server := llmtest.New(t, func(llmtest.Request) llmtest.Answer {
			return llmtest.Answer{Deltas: []string{"네", "."}, Gate: gate, Usage: &llmtest.Usage{Prompt: 100, Completion: 7}}
		})
		carrier := testkit.Bus(t)
		both := []*bundle{assemble(t, d, carrier, withModel(t, server)), assemble(t, d, carrier, withModel(t, server))}
		started, errs := crowd(t, guests, func(i int) *bundle { return both[i%2] }, noKey)
		ids := map[string]bool{}
		for i, s := range started {
			require.NoError(t, errs[i])
			require.Equal(t, fmt.Sprintf("gst_%d", i), *s.Session.GuestID)
			ids[s.Session.ID] = true
		}
		require.Len(t, ids, guests)
		everybody := func() (used, reserved int) {
			row, err := d.Read().CounselBudget.Query().Where(counselbudget.Spender("")).Only(context.Background())
			require.NoError(t, err)
			return row.Used, row.Reserved
		}
		used, reserved := everybody()
		require.Zero(t, used)
		require.Equal(t, 2*guests*3100, reserved)
		close(gate)
		for id := range ids {
			both[0].status(id, counselsession.StatusCOMPLETED)
		}
		used, reserved = everybody()
		require.Equal(t, 2*guests*107, used)
		require.Zero(t, reserved)
		own, err := d.Read().CounselBudget.Query().Where(counselbudget.Spender("gst_7")).Only(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{2 * 107, 0}, []int{own.Used, own.Reserved})
	})
}

// TestOneWhoCannotBeginSpoilsNothingForTheOthers has the database refuse one of a crowd.
func TestOneWhoCannotBeginSpoilsNothingForTheOthers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			refuse := "CREATE TRIGGER refuse BEFORE INSERT ON counsel_sessions WHEN NEW.guest_id = 'gst_3' BEGIN SELECT RAISE(ABORT, 'no'); END"
			if tx.PGX() != nil {
				refuse = "ALTER TABLE counsel_sessions ADD CHECK (guest_id <> 'gst_3')"
			}
			_, err := tx.ExecContext(ctx, refuse)
			return err
		})
		started, errs := crowd(t, 10, func(int) *bundle { return b }, noKey)
		for i, s := range started {
			if i == 3 {
				require.Error(t, errs[i])
				continue
			}
			require.NoError(t, errs[i])
			b.status(s.Session.ID, counselsession.StatusCOMPLETED)
		}
	})
}

// TestACrowdWithOneKeyBeginsOneSession, on two processes.
func TestACrowdWithOneKeyBeginsOneSession(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		both := []*bundle{assemble(t, d, carrier), assemble(t, d, carrier)}
		started, errs := crowd(t, 20, func(i int) *bundle { return both[i%2] }, func(int) *string { return ptr("once") })
		for i, s := range started {
			require.NoError(t, errs[i])
			require.Equal(t, started[0].Session.ID, s.Session.ID)
		}
		n, err := d.Read().CounselSession.Query().Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

// TestASessionThatIsHeldHoldsUpNobodyElse: its replies end alone, once they can.
func TestASessionThatIsHeldHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	d := testkit.Postgres(t)
	gate := make(chan struct{})
	b := setup(t, d, func(llmtest.Request) llmtest.Answer { return llmtest.Answer{Deltas: []string{"네."}, Gate: gate} })
	held := b.start(counselsession.KindWORRY, "고민이에요")
	other := b.start(counselsession.KindWORRY, "저도요")
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.CounselSession.Query().Where(counselsession.ID(held.ID)).ForUpdate().Only(ctx)
		require.NoError(t, err)
		close(gate)
		b.status(other.ID, counselsession.StatusCOMPLETED)
		n, err := d.Read().CounselMessage.Query().
			Where(counselmessage.SessionID(held.ID), counselmessage.StatusEQ(counselmessage.StatusSTREAMING)).Count(context.Background())
		require.NoError(t, err)
		require.Equal(t, 2, n)
		return nil
	})
	b.status(held.ID, counselsession.StatusCOMPLETED)
}
