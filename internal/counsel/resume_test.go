package counsel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// letters returns a text in pieces of a letter each.
func letters(text string) []string { return strings.Split(text, "") }

// TestWhoComesBackMissesNothing cuts a listener off after every event and goes on with the cursor, on the process
// that writes and on another one by turns.
func TestWhoComesBackMissesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		comfort, advice := strings.Repeat("마음이 무거우셨죠. ", 12), strings.Repeat("하나씩 정리해 봐요. ", 12)
		server := llmtest.New(t, each(map[counselmessage.Author]llmtest.Answer{
			feeling: {Deltas: letters(comfort)}, thinking: {Deltas: letters(advice)},
		}))
		writes := assemble(t, d, carrier, withModel(t, server))
		other := assemble(t, d, carrier)
		other.person, other.ctx = writes.person, writes.ctx
		session := writes.start(counselsession.KindWORRY, "고민이에요")
		heard, cursor := map[counselmessage.Author]string{}, ""
		ends := map[counselmessage.Author]bool{}
		for i := 0; len(ends) < 2; i++ {
			b := []*bundle{writes, other}[i%2]
			e := b.listen(b.ctx, session.ID, cursor)
			event := e.hear()
			e.cancel()
			require.False(t, event.Reset)
			require.False(t, ends[*event.Author])
			heard[*event.Author] += event.Delta
			ends[*event.Author] = event.Done
			if !event.Done {
				delete(ends, *event.Author)
			}
			cursor = event.Cursor
		}
		require.Equal(t, comfort, heard[feeling])
		require.Equal(t, advice, heard[thinking])
	})
}

func TestSeveralListenersShareOneGeneration(t *testing.T) {
	t.Parallel()
	server := llmtest.New(t, llmtest.Say("한 번만 만들어지는 답이에요."))
	b := assemble(t, testkit.SQLite(t), testkit.Bus(t), withModel(t, server))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	var ears []*ear
	for range 5 {
		ears = append(ears, b.listen(b.ctx, session.ID, ""))
	}
	for _, e := range ears {
		e.hearEnds(2)
		require.Equal(t, "한 번만 만들어지는 답이에요.", e.texts[feeling])
	}
	late := b.listen(b.ctx, session.ID, "")
	late.hearEnds(2)
	require.Equal(t, ears[0].texts, late.texts)
	require.Equal(t, 2, server.Asked())
}

func TestALogGoesOnWithTheNextTurn(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t), llmtest.Say("네."))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	e := b.listen(b.ctx, session.ID, "")
	e.hearEnds(2)
	b.status(session.ID, counselsession.StatusCOMPLETED)
	before := e.cursor
	e.again()
	b.send(session.ID, "그리고요")
	e.hearEnds(2)

	back := b.listen(b.ctx, session.ID, before)
	back.hearEnds(2)
	require.Equal(t, e.texts, back.texts, "who left between two turns hears the whole of the second")
	require.Zero(t, back.resets)
}

func TestADeadProcessLeavesNoReplyStreaming(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		// It begins a session, and dies before it writes a word.
		dead := stopped(t, d, carrier)
		session := dead.start(counselsession.KindWORRY, "고민이에요")
		expire(t, d)
		b := assemble(t, d, carrier, withModel(t, llmtest.New(t, llmtest.Say("늦었지만 답할게요."))))
		b.person, b.ctx = dead.person, dead.ctx
		e := b.listen(b.ctx, session.ID, "")
		e.hearEnds(2)
		b.status(session.ID, counselsession.StatusCOMPLETED)
		_, texts := b.messages(session.ID)
		require.Equal(t, []string{"고민이에요", e.texts[feeling], e.texts[thinking]}, texts)
		require.NotEmpty(t, texts[1])
	})
}

// TestWhatADeadProcessHadSaidIsKept: the rest of it is not made up.
func TestWhatADeadProcessHadSaidIsKept(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		carrier := testkit.Bus(t)
		dead := stopped(t, d, carrier)
		session := dead.start(counselsession.KindWORRY, "고민이에요")
		rows, _ := dead.messages(session.ID)
		said := copyOf(t, dead, rows[1].ID, "여기까지 말했")
		expire(t, d)
		b := assemble(t, d, carrier)
		b.person, b.ctx = dead.person, dead.ctx
		e := b.listen(b.ctx, session.ID, "")
		e.hearEnds(2)
		require.Equal(t, counselmessage.StatusFAILED, *e.ends[feeling].Status)
		require.Equal(t, said, e.texts[feeling])
		b.status(session.ID, counselsession.StatusPARTIAL)
		rows, _ = b.messages(session.ID)
		require.Equal(t, counselmessage.FailureINTERRUPTED, *rows[1].Failure)
	})
}

// copyOf puts a text into a message, as the process that writes it would.
func copyOf(t *testing.T, b *bundle, message, text string) string {
	t.Helper()
	body, err := b.SealForTest(t.Context(), text, message)
	require.NoError(t, err)
	testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselMessage.UpdateOneID(message).SetBody(body).Exec(ctx)
	})
	return text
}

// expire lets every lease run out.
func expire(t *testing.T, d *db.DB) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselMessage.Update().Where(counselmessage.LeasedUntilNotNil()).
			SetLeasedUntil(time.Now().Add(-time.Minute)).Exec(ctx)
	})
}

// TestWhoHeardMoreThanIsKeptIsTold: a process may say something and die before it is in the rows.
func TestWhoHeardMoreThanIsKeptIsTold(t *testing.T) {
	t.Parallel()
	d, carrier := testkit.SQLite(t), testkit.Bus(t)
	script, pass := gated("처음부터 끝까지", " 들은 말")
	writes := assemble(t, d, carrier, withModel(t, llmtest.New(t, script)))
	session := writes.start(counselsession.KindWORRY, "고민이에요")
	e := writes.listen(writes.ctx, session.ID, "")
	pass()
	for e.texts[feeling] == "" || e.texts[thinking] == "" {
		e.hear()
	}
	cursor := e.cursor
	e.cancel()
	// Another process ends the replies with less than was heard.
	rows, _ := writes.messages(session.ID)
	for _, row := range rows[1:] {
		body, err := writes.SealForTest(t.Context(), "처음", row.ID)
		require.NoError(t, err)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.CounselMessage.UpdateOneID(row.ID).SetBody(body).SetWriter("another").ClearLeasedUntil().
				SetStatus(counselmessage.StatusFAILED).SetFailure(counselmessage.FailureINTERRUPTED).Exec(ctx)
		})
	}
	back := assemble(t, d, carrier)
	back.person, back.ctx = writes.person, writes.ctx
	e = back.listen(back.ctx, session.ID, cursor)
	require.True(t, e.hear().Reset)
	e.hearEnds(2)
	require.Equal(t, "처음", e.texts[feeling], "after a reset the latest turn comes anew")
}

func TestCursorsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	for _, cursor := range []string{"x", "eyJ0IjotMX0", strings.Repeat("A", 600), "e30"} {
		_, err := b.WatchReply(b.ctx, session.ID, &cursor)
		require.ErrorIs(t, err, fault.InvalidArgument, cursor)
	}
	future := "eyJ0IjoxMDB9"
	events, err := b.WatchReply(b.ctx, session.ID, &future)
	require.NoError(t, err)
	require.True(t, (<-events).Reset, "a place that is not there yet was lost")
	_, err = b.WatchReply(guest(t), session.ID, nil)
	require.ErrorIs(t, err, counsel.ErrNotFound)
}

// TestWhoComesInTheMiddleNeedsNotWaitForTheRows: what is not kept yet comes with the next word, also from another
// process.
func TestWhoComesInTheMiddleNeedsNotWaitForTheRows(t *testing.T) {
	t.Parallel()
	d, carrier := testkit.Postgres(t), testkit.Bus(t)
	script, pass := gated("첫 ", "마디 ", "끝")
	writes := assemble(t, d, carrier, withModel(t, llmtest.New(t, script)))
	other := assemble(t, d, carrier)
	other.person, other.ctx = writes.person, writes.ctx
	session := writes.start(counselsession.KindWORRY, "고민이에요")
	first := writes.listen(writes.ctx, session.ID, "")
	hears := func(e *ear, text string) {
		for e.texts[feeling] != text || e.texts[thinking] != text {
			e.hear()
		}
	}
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		// Nothing can be kept meanwhile, and rows can be read.
		_, err := tx.CounselMessage.Query().Where(counselmessage.SessionID(session.ID)).ForUpdate().All(ctx)
		require.NoError(t, err)
		pass()
		hears(first, "첫 ")
		late := other.listen(other.ctx, session.ID, "")
		pass()
		hears(late, "첫 마디 ")
		return nil
	})
	pass()
	first.hearEnds(2)
	require.Equal(t, "첫 마디 끝", first.texts[feeling])
}
