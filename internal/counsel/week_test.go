package counsel_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// nextMonday returns the first Monday after today.
func nextMonday(b *bundle) calendar.Date {
	return calendar.WeekOf(calendar.DateOf(b.clock.Now())).Monday().Add(7)
}

func TestAWeekIsCountedFromTheRows(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		monday := nextMonday(b)
		empty, err := b.Week(b.ctx, monday)
		require.NoError(t, err)
		require.Equal(t, counsel.WeekAbsent, empty.Status)
		require.Nil(t, empty.Summary)
		b.clock.set(monday.Start().Add(time.Second))
		first := b.start(counselsession.KindWORRY, "면접이 걱정돼서 불안해요")
		b.status(first.ID, counselsession.StatusCOMPLETED)
		b.send(first.ID, "회사 일이 너무 불안해요")
		b.clock.set(monday.Add(7).Start().Add(-time.Minute))
		second := b.start(counselsession.KindWORRY, "헤어진 남자친구가 보고 싶어요")
		b.status(first.ID, counselsession.StatusCOMPLETED)
		b.status(second.ID, counselsession.StatusCOMPLETED)
		for _, day := range []calendar.Date{monday, monday.Add(6)} {
			week, err := b.Week(b.ctx, day)
			require.NoError(t, err)
			require.Equal(t, 2, week.SessionCount)
			require.Equal(t, 3, week.MessageCount)
			require.Equal(t, counsel.WeekReady, week.Status)
			require.NotEmpty(t, *week.Summary)
			require.Equal(t, "ANXIETY", string(week.Emotions[0].Emotion))
			sum := 0.0
			for _, e := range week.Emotions {
				sum += e.Share
			}
			require.InDelta(t, 1, sum, 1e-9)
		}
		next, err := b.Week(b.ctx, monday.Add(7))
		require.NoError(t, err)
		require.Zero(t, next.MessageCount)
	})
}

// TestTheSummaryOfAWeekCostsOneCall: after the week, on demand, and without what was said in it.
func TestTheSummaryOfAWeekCostsOneCall(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		server := llmtest.New(t, func(r llmtest.Request) llmtest.Answer {
			if strings.Contains(r.System(), "한 주") {
				return llmtest.Answer{Deltas: []string{"애쓴 한 주였어요."}, Whole: true}
			}
			return llmtest.Answer{Deltas: []string{"네."}}
		})
		b := assemble(t, d, testkit.Bus(t), withModel(t, server))
		monday := nextMonday(b)
		b.clock.set(monday.Start().Add(time.Hour))
		session := b.start(counselsession.KindWORRY, "비밀스러운 고민이라 불안해요")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		week, err := b.Week(b.ctx, monday)
		require.NoError(t, err)
		require.Equal(t, 2, server.Asked(), "while the week lasts its summary costs nothing")
		require.NotEqual(t, "애쓴 한 주였어요.", *week.Summary)

		b.clock.set(monday.Add(8).Start())
		for range 3 {
			week, err = b.Week(b.ctx, monday)
			require.NoError(t, err)
			require.Equal(t, counsel.WeekReady, week.Status)
			require.Equal(t, "애쓴 한 주였어요.", *week.Summary)
		}
		requests := server.Requests()
		require.Len(t, requests, 3)
		require.NotContains(t, string(requests[2].Raw), "비밀스러운")
		require.Contains(t, requests[2].Last(), "ANXIETY")
	})
}

func TestASummaryThatFailsIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	server := llmtest.New(t, func(r llmtest.Request) llmtest.Answer {
		if strings.Contains(r.System(), "한 주") {
			return llmtest.Answer{Status: 500}
		}
		return llmtest.Answer{Deltas: []string{"네."}}
	})
	b := assemble(t, testkit.SQLite(t), testkit.Bus(t), withModel(t, server))
	monday := nextMonday(b)
	b.clock.set(monday.Start().Add(time.Hour))
	b.status(b.start(counselsession.KindWORRY, "고민이라 불안해요").ID, counselsession.StatusCOMPLETED)
	b.clock.set(monday.Add(8).Start())
	for range 3 {
		week, err := b.Week(b.ctx, monday)
		require.NoError(t, err)
		require.NotEmpty(t, *week.Summary, "ours stands in")
	}
	require.Equal(t, 3, server.Asked())
}
