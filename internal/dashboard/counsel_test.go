package dashboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

// talk writes a session that was started on a day and what was said in it, as counselling does.
func (b *bundle) talk(kind counselsession.Kind, who, day string, words ...func(*ent.CounselMessageCreate)) {
	b.t.Helper()
	at := date(b.t, day).Start().Add(time.Hour)
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
		session, err := tx.CounselSession.Create().SetKind(kind).SetStatus(counselsession.StatusCOMPLETED).SetGuestID(who).
			SetTitle([]byte("sealed")).SetLanguage("ko").SetCreatedAt(at).SetUpdatedAt(at).Save(ctx)
		if err != nil {
			return err
		}
		for i, say := range words {
			create := tx.CounselMessage.Create().SetSessionID(session.ID).SetNumber(i + 1).SetTurn(1).SetCreatedAt(at).
				SetAuthor(counselmessage.AuthorCLIENT).SetStatus(counselmessage.StatusCOMPLETED).SetBody([]byte("sealed"))
			say(create)
			if err := create.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func worry(crisis bool, emotions ...string) func(*ent.CounselMessageCreate) {
	return func(m *ent.CounselMessageCreate) {
		m.SetEmotions(emotions).SetTopics([]string{"WORK"}).SetCrisis(crisis)
	}
}

func reply(voice counselmessage.Author, end counselmessage.Status, tokens, rating int) func(*ent.CounselMessageCreate) {
	return func(m *ent.CounselMessageCreate) {
		m.SetAuthor(voice).SetStatus(end).SetProvider(counselmessage.ProviderOFFLINE).SetPromptTokens(tokens).SetCompletionTokens(1)
		if rating > 0 {
			m.SetRating(rating)
		}
	}
}

// counsel is a question about counselling in January 2026.
func counsel(t testing.TB, measures, dimensions []string) dashboard.Question {
	t.Helper()
	return dashboard.Question{Data: "counsel", Measures: measures, Dimensions: dimensions, Period: period(t, "2026-01-01", "2026-01-31"), Method: dashboard.Breakdown}
}

func TestCounsellingIsCounted(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.talk(counselsession.KindWORRY, "gst_1", "2026-01-05", worry(true, "SADNESS", "ANGER"),
			reply(counselmessage.AuthorFEELING, counselmessage.StatusCOMPLETED, 9, 5), reply(counselmessage.AuthorTHINKING, counselmessage.StatusFAILED, 0, 0),
			worry(true, "ANGER"), reply(counselmessage.AuthorFEELING, counselmessage.StatusCANCELLED, 19, 2))
		b.talk(counselsession.KindWORRY, "gst_1", "2026-01-06", worry(false, "ANGER"))
		b.talk(counselsession.KindEXPERT, "gst_2", "2026-01-31")
		b.talk(counselsession.KindTAROT, "gst_3", "2026-02-01", worry(true, "JOY"))
		totals := func(measures ...string) []string { return floats(b.ask(b.admin, counsel(t, measures, nil)).Totals) }
		require.Equal(t, []string{"3", "3", "2", "3", "3"}, totals("sessions", "new_sessions", "clients", "messages", "replies"))
		require.Equal(t, []string{"1", "1", "1", "0"}, totals("finished_replies", "failed_replies", "cancelled_replies", "over_budget_replies"))
		require.Equal(t, []string{"0.3333333333333333", "31", "10.333333333333334"}, totals("finish_rate", "tokens", "tokens_per_reply"))
		require.Equal(t, []string{"2", "1", "2", "3.5"}, totals("crisis_messages", "crisis_sessions", "ratings", "average_rating"))

		by := func(measure string, dimensions ...string) []string {
			return table(b.ask(b.admin, counsel(t, []string{measure}, dimensions)))
		}
		require.Equal(t, []string{"[ANGER] [2]", "[SADNESS] [1]", "[] [0]"}, by("messages", "emotion"), "by the strongest, each once")
		require.Equal(t, []string{"[WORK] [3]", "[] [0]"}, by("messages", "topic"))
		require.Equal(t, []string{"[WORRY] [2]", "[EXPERT] [1]"}, by("sessions", "session_kind"), "one that waits has no message yet")
		require.Equal(t, []string{"[FEELING] [2]", "[THINKING] [1]", "[] [0]"}, by("replies", "voice"))
		require.Equal(t, []string{"[OFFLINE] [31]", "[] [0]"}, by("tokens", "provider"))
		require.Equal(t, []string{"[2026-W02 ko] [2]", "[2026-W05 ko] [1]"}, by("sessions", "week", "language"))
	})
}

func TestCounsellingIsForOperators(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	q := counsel(t, []string{"sessions"}, nil)
	_, unknown := b.Analyse(testkit.As(t, b.owner), q)
	require.ErrorIs(t, unknown, dashboard.ErrDataUnknown)
	weather := q
	weather.Data = "weather"
	_, none := b.Analyse(testkit.As(t, b.owner), weather)
	require.Equal(t, fault.From(none).Field, fault.From(unknown).Field, "as if there were no such kind")
	_, err := b.Watch(testkit.As(t, b.owner), q)
	require.ErrorIs(t, err, dashboard.ErrDataUnknown)

	names := func(as *ent.User) (names []string) {
		for _, k := range b.DataKinds(testkit.As(t, as)) {
			names = append(names, k.Name)
		}
		return names
	}
	require.Equal(t, []string{"orders", "coupons", "ads", "visits", "counsel"}, names(b.admin))
	require.Equal(t, []string{"orders", "coupons", "ads", "visits"}, names(b.owner))

	input := dashboard.CreateInput{Title: "상담", Widgets: []*dashboard.WidgetInput{{Title: "상담", Chart: dashboard.Bar, AnalysisInput: q}}}
	_, err = b.Create(testkit.As(t, b.owner), input)
	require.ErrorIs(t, err, dashboard.ErrDataUnknown)
	ctx := testkit.As(t, b.admin)
	made, err := b.Create(ctx, input)
	require.NoError(t, err)
	_, err = b.Result(ctx, made.Widgets[0])
	require.NoError(t, err)
	input.StoreID = &b.store.ID
	_, err = b.Create(ctx, input)
	require.ErrorIs(t, err, dashboard.ErrDataUnknown, "no store has counselling")

	testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
		return tx.User.UpdateOneID(b.admin.ID).SetRole(user.RoleOWNER).Exec(ctx)
	})
	kept, err := b.Get(ctx, made.ID)
	require.NoError(t, err)
	_, err = b.Result(ctx, kept.Widgets[0])
	require.ErrorIs(t, err, dashboard.ErrDataUnknown, "its owner is no operator any more")
}

func TestCounsellingIsWatched(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	q := counsel(t, []string{"sessions"}, nil)
	answers, err := b.Watch(testkit.As(t, b.admin), q)
	require.NoError(t, err)
	until(t, answers, "0")
	require.True(t, b.ask(b.admin, q).Freshness.Cached)
	b.talk(counselsession.KindWORRY, "gst_1", "2026-01-05", worry(false, "JOY"))
	b.ledger.Drop(reads.Counsel)
	until(t, answers, "1")
	require.Equal(t, []string{"1"}, floats(b.ask(b.admin, q).Totals))
}
