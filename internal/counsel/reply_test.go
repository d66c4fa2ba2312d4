package counsel_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

const (
	feeling  = counselmessage.AuthorFEELING
	thinking = counselmessage.AuthorTHINKING
	reader   = counselmessage.AuthorTAROT
)

func TestAWorryIsAnsweredInTwoVoices(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, each(map[counselmessage.Author]llmtest.Answer{
			feeling: {
				Deltas: []string{"많이 ", "힘드셨", "겠어요."}, Usage: &llmtest.Usage{Prompt: 120, Completion: 9},
				Calls: []llmtest.Call{{Name: "note_worry", Pieces: []string{`{"emotions":["ANXIETY","UNKNOWN"],`, `"topics":["WORK"]}`}}},
			},
			thinking: {Deltas: []string{"먼저 ", "오늘 할 일 하나만 ", "정해 보세요."}, Usage: &llmtest.Usage{Prompt: 110, Completion: 14}},
		}))
		session := b.start(counselsession.KindWORRY, "면접이 내일인데 너무 떨려요")
		require.Equal(t, counselsession.StatusSTREAMING, session.Status)
		title, err := b.Title(b.ctx, session)
		require.NoError(t, err)
		require.Equal(t, "면접이 내일인데 너무 떨려요", title)

		e := b.listen(b.ctx, session.ID, "")
		e.hearEnds(2)
		require.Equal(t, "많이 힘드셨겠어요.", e.texts[feeling])
		require.Equal(t, "먼저 오늘 할 일 하나만 정해 보세요.", e.texts[thinking])

		b.status(session.ID, counselsession.StatusCOMPLETED)
		rows, texts := b.messages(session.ID)
		require.Len(t, rows, 3)
		require.Equal(t, []string{"면접이 내일인데 너무 떨려요", e.texts[feeling], e.texts[thinking]}, texts)
		require.Equal(t, []string{"ANXIETY"}, rows[0].Emotions, "what the voice says of the worry, without what it made up")
		require.Equal(t, []string{"WORK"}, rows[0].Topics)
		require.Nil(t, counsel.UsageOf(rows[0]))
		require.Equal(t, &counsel.Usage{PromptTokens: 120, CompletionTokens: 9, Provider: counselmessage.ProviderCUSTOM}, counsel.UsageOf(rows[1]))
		require.Nil(t, b.Notice(b.ctx, rows[1]))
		require.NotContains(t, string(rows[1].Body), "힘드셨", "what is kept is sealed")
	})
}

func TestWhatAVoiceDoesNotSayOfAWorryStandsAsTheRulesSaidIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, each(map[counselmessage.Author]llmtest.Answer{
			feeling: {
				Deltas: []string{"그랬군요."},
				Calls:  []llmtest.Call{{Name: "note_worry", Pieces: []string{`{"emotions":["ANGER"]}`}}},
			},
			thinking: {Deltas: []string{"그렇군요."}},
		}))
		session := b.start(counselsession.KindWORRY, "면접이 내일인데 너무 떨려요")
		before, _ := b.messages(session.ID)
		require.NotEmpty(t, before[0].Topics)
		b.status(session.ID, counselsession.StatusCOMPLETED)
		rows, _ := b.messages(session.ID)
		require.Equal(t, []string{"ANGER"}, rows[0].Emotions)
		require.Equal(t, before[0].Topics, rows[0].Topics)
	})
}

func TestOneVoiceThatFailsLeavesTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t), each(map[counselmessage.Author]llmtest.Answer{
		feeling:  {Deltas: []string{"괜찮아요. "}, Then: llmtest.Cut, After: 1},
		thinking: {Deltas: []string{"차근차근 해 봐요."}},
	}))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	e := b.listen(b.ctx, session.ID, "")
	e.hearEnds(2)
	require.Equal(t, counselmessage.StatusFAILED, *e.ends[feeling].Status)
	require.Equal(t, "괜찮아요. ", e.texts[feeling], "what had come is kept")
	require.Equal(t, counselmessage.StatusCOMPLETED, *e.ends[thinking].Status)
	b.status(session.ID, counselsession.StatusPARTIAL)
	rows, texts := b.messages(session.ID)
	require.Equal(t, "괜찮아요. ", texts[1])
	require.Equal(t, counselmessage.FailureUNAVAILABLE, *rows[1].Failure)
}

func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer llmtest.Answer
		want   counselmessage.Failure
	}{
		"too many requests":   {llmtest.Answer{Status: http.StatusTooManyRequests}, counselmessage.FailureRATE_LIMITED},
		"out of order":        {llmtest.Answer{Status: http.StatusInternalServerError}, counselmessage.FailureUNAVAILABLE},
		"a wrong key":         {llmtest.Answer{Status: http.StatusUnauthorized}, counselmessage.FailureUNAVAILABLE},
		"a long conversation": {llmtest.Answer{Status: http.StatusBadRequest, Code: "context_length_exceeded"}, counselmessage.FailureTOO_LONG},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer { return c.answer })
			session := b.start(counselsession.KindWORRY, "고민이에요")
			b.status(session.ID, counselsession.StatusFAILED)
			rows, _ := b.messages(session.ID)
			require.Equal(t, c.want, *rows[1].Failure)
			require.Equal(t, c.want, *rows[2].Failure)
		})
	}
}

func TestCancelStopsBothVoicesAndKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		script, pass := gated("첫 마디. ", "둘째 마디.")
		b := setup(t, d, script)
		session := b.start(counselsession.KindWORRY, "고민이에요")
		e := b.listen(b.ctx, session.ID, "")
		pass()
		for e.texts[feeling] == "" || e.texts[thinking] == "" {
			e.hear()
		}
		_, err := b.Cancel(b.ctx, session.ID)
		require.NoError(t, err)
		e.hearEnds(2)
		require.Equal(t, counselmessage.StatusCANCELLED, *e.ends[feeling].Status)
		require.Equal(t, counselmessage.StatusCANCELLED, *e.ends[thinking].Status)
		b.status(session.ID, counselsession.StatusCANCELLED)
		_, texts := b.messages(session.ID)
		require.Equal(t, []string{"고민이에요", "첫 마디. ", "첫 마디. "}, texts)
	})
}

func TestCancelReachesTheProcessThatWrites(t *testing.T) {
	t.Parallel()
	d, carrier := testkit.SQLite(t), testkit.Bus(t)
	script, pass := gated("첫 마디. ", "둘째 마디.")
	writes := assemble(t, d, carrier, withModel(t, llmtest.New(t, script)))
	session := writes.start(counselsession.KindWORRY, "고민이에요")
	other := assemble(t, d, carrier)
	other.person, other.ctx = writes.person, writes.ctx
	e := other.listen(other.ctx, session.ID, "")
	pass()
	for e.texts[feeling] == "" || e.texts[thinking] == "" {
		e.hear()
	}
	_, err := other.Cancel(other.ctx, session.ID)
	require.NoError(t, err)
	e.hearEnds(2)
	other.status(session.ID, counselsession.StatusCANCELLED)
}

func TestAConversationGoesOnWithinAWindow(t *testing.T) {
	t.Parallel()
	server := llmtest.New(t, llmtest.Say("네, 듣고 있어요."))
	b := assemble(t, testkit.SQLite(t), testkit.Bus(t), withModel(t, server))
	session := b.start(counselsession.KindWORRY, "첫 고민")
	e := b.listen(b.ctx, session.ID, "")
	e.hearEnds(2)
	b.status(session.ID, counselsession.StatusCOMPLETED)
	long := strings.Repeat("가", 1999)
	for _, text := range []string{long, long, long, "마지막 말"} {
		e.again()
		b.send(session.ID, text)
		e.hearEnds(2)
		b.status(session.ID, counselsession.StatusCOMPLETED)
	}
	requests := server.Requests()
	last := requests[len(requests)-1]
	require.Equal(t, "마지막 말", last.Last())
	require.Equal(t, "system", last.Messages[0].Role)
	require.Less(t, len(last.Messages), 8, "the oldest are left out")
	for _, m := range last.Messages {
		require.NotEqual(t, "첫 고민", m.Content)
	}
	second := requests[2]
	require.Equal(t, []string{"user", "assistant", "user"}, roles(second.Messages[1:]))
}

func roles(messages []llmtest.Message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = m.Role
	}
	return all
}

func TestNobodySpeaksIntoAReply(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	t.Cleanup(func() { close(gate) })
	b := setup(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer { return llmtest.Answer{Deltas: []string{"답"}, Gate: gate} })
	session := b.start(counselsession.KindWORRY, "고민이에요")
	_, err := b.Send(b.ctx, counsel.SendInput{SessionID: session.ID, Text: "하나 더"})
	require.ErrorIs(t, err, counsel.ErrReplyRunning)
}

func TestARetryUnderAKeyReturnsTheFirstOutcome(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		input := counsel.StartInput{Kind: counselsession.KindWORRY, Worry: ptr("고민이에요"), IdempotencyKey: ptr("k1")}
		first, err := b.Start(b.ctx, input)
		require.NoError(t, err)
		again, err := b.Start(b.ctx, input)
		require.NoError(t, err)
		require.Equal(t, first.Session.ID, again.Session.ID)
		b.status(first.Session.ID, counselsession.StatusCOMPLETED)
		say := counsel.SendInput{SessionID: first.Session.ID, Text: "하나 더", IdempotencyKey: ptr("k2")}
		said, err := b.Send(b.ctx, say)
		require.NoError(t, err)
		repeated, err := b.Send(b.ctx, say)
		require.NoError(t, err)
		require.Equal(t, said.ID, repeated.ID)
		b.status(first.Session.ID, counselsession.StatusCOMPLETED)
		rows, _ := b.messages(first.Session.ID)
		require.Len(t, rows, 6)
	})
}

func TestTextsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	for _, text := range []string{"", " \n ", strings.Repeat("가", 2001), "nul\x00", "\xff"} {
		_, err := b.Start(b.ctx, counsel.StartInput{Kind: counselsession.KindWORRY, Worry: &text})
		require.ErrorIs(t, err, counsel.ErrTextInvalid, "%q", text)
	}
	_, err := b.Start(b.ctx, counsel.StartInput{Kind: counselsession.KindWORRY})
	require.ErrorIs(t, err, counsel.ErrTextInvalid)
}

// TestAWorryInHangulIsAnsweredInKorean whatever the client's browser asks for.
func TestAWorryInHangulIsAnsweredInKorean(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	for _, each := range []struct {
		client language.Tag
		worry  string
		want   string
	}{
		{language.English, "friend한테 사과하고 싶은데 용기가 없다", "ko"},
		{language.English, "I do not know how to say sorry", "en"},
		{language.Korean, "I do not know how to say sorry", "ko"},
	} {
		started, err := b.Start(viewer.WithLanguage(b.ctx, each.client), counsel.StartInput{Kind: counselsession.KindWORRY, Worry: &each.worry})
		require.NoError(t, err)
		require.Equal(t, each.want, started.Session.Language, each.worry)
		b.status(started.Session.ID, counselsession.StatusCOMPLETED)
		_, texts := b.messages(started.Session.ID)
		require.Equal(t, each.want == "ko", strings.Contains(texts[1], "요"), "the ending of a sentence that is said politely: %s", texts[1])
	}
}
