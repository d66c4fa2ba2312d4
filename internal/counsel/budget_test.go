package counsel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

func withBudgets(b counsel.Budgets) func(*counsel.Deps) {
	return func(deps *counsel.Deps) { deps.Budgets = b }
}

func TestTokensAreSetAsideAndSettled(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		script, pass := gated("네.")
		server := llmtest.New(t, script)
		b := assemble(t, d, testkit.Bus(t), withModel(t, server), withBudgets(counsel.Budgets{Viewer: 10_000, Guest: 5_000, Service: 20_000}))
		before, err := b.Budget(b.ctx)
		require.NoError(t, err)
		require.Equal(t, &counsel.Budget{Limit: 10_000, Remaining: 10_000, ResetsAt: calendar.DateOf(b.clock.Now()).End()}, before)
		session := b.start(counselsession.KindWORRY, "고민이에요")
		during, err := b.Budget(b.ctx)
		require.NoError(t, err)
		require.Equal(t, 2*3100, during.Used, "as much as two replies can take")
		require.Equal(t, 10_000-during.Used, during.Remaining)
		pass()
		b.status(session.ID, counselsession.StatusCOMPLETED)
		rows, _ := b.messages(session.ID)
		spent := 0
		for _, row := range rows[1:] {
			u := counsel.UsageOf(row)
			spent += u.PromptTokens + u.CompletionTokens
		}
		after, err := b.Budget(b.ctx)
		require.NoError(t, err)
		require.Equal(t, spent, after.Used, "what it took in the end")
	})
}

// TestWhoHasSpentTheBudgetIsAnsweredOffline: the declared answer, and never an error.
func TestWhoHasSpentTheBudgetIsAnsweredOffline(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for name, budgets := range map[string]counsel.Budgets{
			"of the viewer":  {Viewer: 4_000, Guest: 4_000, Service: 100_000},
			"of the service": {Viewer: 100_000, Guest: 4_000, Service: 4_000},
		} {
			server := llmtest.New(t, llmtest.Say("모델의 말"))
			b := assemble(t, d, testkit.Bus(t), withModel(t, server), withBudgets(budgets))
			b.clock.set(b.clock.Now().AddDate(0, 0, len(name))) // a day of its own for each
			session := b.start(counselsession.KindWORRY, "고민이에요")
			b.status(session.ID, counselsession.StatusCOMPLETED)
			rows, texts := b.messages(session.ID)
			require.Equal(t, "모델의 말", texts[1], "one reply fits %s", name)
			require.Equal(t, counselmessage.ProviderOFFLINE, counsel.UsageOf(rows[2]).Provider)
			require.True(t, rows[2].OverBudget)
			require.Contains(t, *b.Notice(b.ctx, rows[2]), "오늘")
			require.NotEqual(t, "모델의 말", texts[2])
			require.Equal(t, 1, server.Asked())
			b.stop()
		}
	})
}

func TestBudgetsBeginAnewAtMidnightInSeoul(t *testing.T) {
	t.Parallel()
	server := llmtest.New(t, llmtest.Say("네."))
	b := assemble(t, testkit.SQLite(t), testkit.Bus(t), withModel(t, server))
	day := calendar.DateOf(b.clock.Now()).Add(1)
	b.clock.set(day.End().Add(-1_000_000_000 * 5))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	b.status(session.ID, counselsession.StatusCOMPLETED)
	spent, err := b.Budget(b.ctx)
	require.NoError(t, err)
	require.Positive(t, spent.Used)
	require.Equal(t, day.End(), spent.ResetsAt)
	b.clock.set(day.End())
	fresh, err := b.Budget(b.ctx)
	require.NoError(t, err)
	require.Zero(t, fresh.Used)
}

func TestACrowdCannotOverspend(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		gate := make(chan struct{})
		t.Cleanup(func() { close(gate) }) // nothing is settled before
		server := llmtest.New(t, func(llmtest.Request) llmtest.Answer { return llmtest.Answer{Deltas: []string{"네."}, Gate: gate} })
		b := assemble(t, d, testkit.Bus(t), withModel(t, server), withBudgets(counsel.Budgets{Viewer: 100_000, Guest: 1, Service: 5 * 3100}))
		done := make(chan error, 20)
		for range 20 {
			go func() {
				_, err := b.Start(b.ctx, counsel.StartInput{Kind: counselsession.KindTAROT, Worry: ptr("궁금해요")})
				done <- err
			}()
		}
		for range 20 {
			require.NoError(t, <-done)
		}
		n, err := d.Read().CounselMessage.Query().Where(counselmessage.OverBudget(true)).Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 15, n)
		require.LessOrEqual(t, server.Asked(), 5)
	})
}
