package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

const korean = "안녕하세요, \"오늘\"은\\어떤 하루였나요?\n🙂 가나다 \u1112\u1161\u11ab end"

func TestTextComesAsItIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{ReasoningEffort: "low"}, always(llmtest.Answer{
		Deltas: llmtest.Tokens(korean), Usage: &llmtest.Usage{Prompt: 12, Completion: 34},
	}))
	temperature := 0.5
	request := ask()
	request.Messages = append([]llm.Message{{Role: llm.RoleSystem, Text: "친절하게"}, {Role: llm.RoleAssistant, Text: "네"}}, request.Messages...)
	request.MaxTokens, request.Temperature, request.User = 100, &temperature, "usr_1"
	emit, deltas := collect()
	reply, err := b.Stream(t.Context(), request, emit)
	require.NoError(t, err)
	require.Equal(t, llmtest.Tokens(korean), *deltas)
	require.Equal(t, llm.Reply{Text: korean, Usage: llm.Usage{PromptTokens: 12, CompletionTokens: 34}, Finish: llm.FinishStop}, reply)

	asked := b.model.Requests()
	require.Len(t, asked, 1)
	require.Equal(t, []llmtest.Message{{Role: "system", Content: "친절하게"}, {Role: "assistant", Content: "네"}, {Role: "user", Content: prompt}}, asked[0].Messages)
	require.Equal(t, "HCX-005", asked[0].Model)
	require.True(t, asked[0].Stream)
	require.True(t, asked[0].StreamOptions.IncludeUsage)
	require.Equal(t, 100, asked[0].MaxTokens)
	require.Equal(t, &temperature, asked[0].Temperature)
	require.Equal(t, "usr_1", asked[0].User)
	require.Equal(t, "low", asked[0].ReasoningEffort)
	require.Equal(t, "Bearer "+key, asked[0].Header.Get("Authorization"))
	require.NotContains(t, string(asked[0].Raw), "feeling", "the purpose is ours")

	spent := b.lastSpent()
	require.Equal(t, "ok", spent.Outcome)
	require.Equal(t, "feeling", spent.Purpose)
	require.Equal(t, "CUSTOM", spent.Provider)
	require.Equal(t, reply.Usage, spent.Usage)
	require.Equal(t, 1, spent.Tries)
	require.Positive(t, spent.FirstToken)
	require.GreaterOrEqual(t, spent.Duration, spent.FirstToken)
}

func TestKoreanSurvivesEveryCutOnTheWire(t *testing.T) {
	t.Parallel()
	for _, crlf := range []bool{false, true} {
		for keepAlives := range 2 {
			t.Run(fmt.Sprintf("crlf %t, comments %d", crlf, keepAlives), func(t *testing.T) {
				t.Parallel()
				b := setup(t, llm.Options{}, always(llmtest.Answer{
					Deltas: llmtest.Tokens(korean), Bytewise: true, CRLF: crlf, KeepAlives: keepAlives,
				}))
				text, reply, err := b.stream(t.Context())
				require.NoError(t, err)
				require.Equal(t, korean, text)
				require.Equal(t, korean, reply.Text)
			})
		}
	}
}

func TestKoreanSurvivesEveryCutByTheModel(t *testing.T) {
	t.Parallel()
	cuts := [][]string{strings.Split("", "")}
	single := make([]string, 0, len(korean))
	for i := range len(korean) {
		single = append(single, korean[i:i+1])
		cuts = append(cuts, []string{korean[:i], korean[i:]})
	}
	cuts[0] = single
	b := setup(t, llm.Options{})
	for i, cut := range cuts {
		b.model.Script(always(llmtest.Answer{Deltas: cut}))
		emit, deltas := collect()
		reply, err := b.Stream(t.Context(), ask(), emit)
		require.NoError(t, err)
		require.Equal(t, korean, reply.Text, "cut %d", i)
		require.Equal(t, korean, strings.Join(*deltas, ""))
		for _, delta := range *deltas {
			require.True(t, utf8.ValidString(delta), "%q", delta)
			require.NotEmpty(t, delta)
		}
	}
}

func TestBytesThatAreNoLettersAreReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가\xff나", "\xec", "x", "\xed\x95"}}))
	text, _, err := b.stream(t.Context())
	require.NoError(t, err)
	require.Equal(t, "가�나�x", text, "a letter that never ends is left out")
}

func TestEscapedLettersAreRead(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Then: llmtest.Babble, Body: `data: {"choices":[{"index":0,"delta":{"content":"\ud83d\ude42\n\"\uac00\\나"},"finish_reason":"stop"}]}` + "\n\n"}))
	text, _, err := b.stream(t.Context())
	require.NoError(t, err)
	require.Equal(t, "🙂\n\"가\\나", text)
}

func TestUsageIsEstimatedWhereNobodyTells(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가나다라 abcd"}}))
	_, reply, err := b.stream(t.Context())
	require.NoError(t, err)
	// 14 Korean letters of the prompt and 4 others by the rule of the package, and its frame.
	letters := utf8.RuneCountInString(prompt)
	require.InDelta(t, letters, reply.Usage.PromptTokens, float64(letters)/2)
	require.Equal(t, 5, reply.Usage.CompletionTokens, "4 of 3/4 and 5 of 1/4, rounded up")
	require.True(t, reply.Usage.Estimated)
}

func TestUsageThatCountsUpIsTakenAtItsLast(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{
		Deltas: []string{"가", "나"}, UsageEverywhere: true, Usage: &llmtest.Usage{Prompt: 7, Completion: 2, Total: 30},
	}))
	_, reply, err := b.stream(t.Context())
	require.NoError(t, err)
	require.Equal(t, llm.Usage{PromptTokens: 7, CompletionTokens: 23}, reply.Usage, "what was thought costs too")
}

func TestEndsAreTold(t *testing.T) {
	t.Parallel()
	for reason, finish := range map[string]llm.Finish{
		"stop": llm.FinishStop, "length": llm.FinishLength, "content_filter": llm.FinishFilter, "whatever": llm.FinishStop,
	} {
		b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가"}, Reason: reason}))
		_, reply, err := b.stream(t.Context())
		require.NoError(t, err)
		require.Equal(t, finish, reply.Finish, reason)
	}
}

func TestAnAnswerMayEndWithOneOfItsTwoMarks(t *testing.T) {
	t.Parallel()
	for _, a := range []llmtest.Answer{
		{Deltas: []string{"가"}, NoDone: true},
		{Deltas: []string{"가"}, NoReason: true},
	} {
		b := setup(t, llm.Options{}, always(a))
		text, reply, err := b.stream(t.Context())
		require.NoError(t, err)
		require.Equal(t, "가", text)
		require.Equal(t, llm.FinishStop, reply.Finish)
	}
}

func TestAServerThatCannotStreamIsUnderstood(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가", "나"}, Whole: true}))
	emit, deltas := collect()
	_, err := b.Stream(t.Context(), ask(), emit)
	require.NoError(t, err)
	require.Equal(t, []string{"가나"}, *deltas)
}

func TestClovasWholeTextIsNotAppended(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가"}, Then: llmtest.Babble, After: -1, Body: "" +
		"id: 1\nevent: result\ndata: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"가\"}}]}\n\n" +
		"event: signal\ndata: {\"data\":\"[DONE]\"}\n\n"}))
	text, reply, err := b.stream(t.Context())
	require.NoError(t, err)
	require.Equal(t, "가", text)
	require.Equal(t, "가", reply.Text)
}

func TestCallsComeInPieces(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"잠깐만요"}, Calls: []llmtest.Call{
		{ID: "1", Name: "offer_expert", Pieces: []string{`{"field`, `":"\uc6b0`, "울 \xec", "\x9a\xb0", `"}`}},
		{ID: "2", Name: "offer_expert", Pieces: []string{""}}, // the same index, as some do
		{ID: "3", Name: "offer_expert", Index: 1, Pieces: []string{`{"cut":`}},
		{ID: "4", Name: "unheard_of", Index: 2, Pieces: []string{`{}`}},
		{ID: "5", Name: "offer_expert", Index: 3, Pieces: []string{`[1]`}},
	}}))
	request := ask()
	request.Tools = []llm.Tool{{Name: "offer_expert", Description: "Show experts", Parameters: json.RawMessage(`{"type":"object","properties":{"field":{"type":"string"}}}`)}}
	emit, _ := collect()
	reply, err := b.Stream(t.Context(), request, emit)
	require.NoError(t, err)
	require.Equal(t, "잠깐만요", reply.Text)
	require.Equal(t, llm.FinishTools, reply.Finish)
	require.Equal(t, []llm.Call{
		{Name: "offer_expert", Arguments: json.RawMessage(`{"field":"\uc6b0울 우"}`)},
		{Name: "offer_expert", Arguments: json.RawMessage(`{}`)},
	}, reply.Calls)
	require.Equal(t, 3, reply.Dropped)
	require.Contains(t, b.log.String(), "calls=3")

	tool := b.model.Requests()[0].Tools[0]
	require.Equal(t, "function", tool.Type)
	require.Equal(t, "Show experts", tool.Function.Description)
	require.JSONEq(t, string(request.Tools[0].Parameters), string(tool.Function.Parameters))
}

func TestAReaderThatLeavesEndsTheCall(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	b := setup(t, llm.Options{}, always(llmtest.Answer{
		Deltas: []string{"가", "나"}, Then: llmtest.Stall, After: 2, Gone: func() { close(gone) },
	}))
	full := errors.New("the reader left")
	reply, err := b.Stream(t.Context(), ask(), func(string) error { return full })
	require.ErrorIs(t, err, full)
	<-gone
	require.Equal(t, "가", reply.Text)
	require.Empty(t, reply.Finish)
	require.Equal(t, "canceled", b.lastSpent().Outcome)
	require.Equal(t, 1, b.model.Asked())
}
