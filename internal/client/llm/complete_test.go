package llm_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// inJSON is a request whose answer is JSON.
func inJSON() llm.Request {
	request := ask()
	request.Schema = &llm.Schema{Name: "coupons", JSON: json.RawMessage(`{"type":"object","properties":{"ids":{"type":"array","items":{"type":"string"}}},"required":["ids"],"additionalProperties":false}`)}
	return request
}

func TestAnAnswerInJSONIsAskedForAndChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{
		Deltas: []string{`{"ids":`, `["쿠폰"]}`}, Usage: &llmtest.Usage{Prompt: 5, Completion: 6},
	}))
	reply, err := b.Complete(t.Context(), inJSON())
	require.NoError(t, err)
	require.Equal(t, llm.Reply{Text: `{"ids":["쿠폰"]}`, Usage: llm.Usage{PromptTokens: 5, CompletionTokens: 6}, Finish: llm.FinishStop}, reply)
	asked := b.model.Requests()[0]
	require.False(t, asked.Stream)
	require.False(t, asked.StreamOptions.IncludeUsage)
	require.Equal(t, "json_schema", asked.ResponseFormat.Type)
	require.Equal(t, "coupons", asked.ResponseFormat.JSONSchema.Name)
	require.True(t, asked.ResponseFormat.JSONSchema.Strict)
	require.JSONEq(t, string(inJSON().Schema.JSON), string(asked.ResponseFormat.JSONSchema.Schema))
	require.Positive(t, b.lastSpent().FirstToken)
}

func TestAFenceAroundJSONIsTakenOff(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"```json\n{\"ids\":[]}\n```", "```\n{\"ids\":[]}```\n", "\n {\"ids\":[]}"} {
		b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{text}}))
		reply, err := b.Complete(t.Context(), inJSON())
		require.NoError(t, err)
		require.Equal(t, `{"ids":[]}`, reply.Text)
	}
}

func TestAnAnswerThatIsNotJSONIsBrokenAndPaidFor(t *testing.T) {
	t.Parallel()
	for _, a := range []llmtest.Answer{
		{Deltas: []string{"쿠폰을 추천합니다"}},
		{Deltas: []string{`{"ids":["a"`}, Reason: "length"},
		{},
	} {
		a.Usage = &llmtest.Usage{Prompt: 5, Completion: 6}
		b := setup(t, llm.Options{}, always(a))
		reply, err := b.Complete(t.Context(), inJSON())
		require.ErrorIs(t, err, llm.ErrBroken)
		require.Equal(t, llm.Usage{PromptTokens: 5, CompletionTokens: 6}, reply.Usage)
		require.Equal(t, 1, b.model.Asked(), "another one would cost as much")
		require.NotContains(t, err.Error(), "쿠폰")

		emit, _ := collect()
		_, err = b.Stream(t.Context(), inJSON(), emit)
		require.ErrorIs(t, err, llm.ErrBroken)
	}
}

func TestAWholeAnswerCallsTools(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Calls: []llmtest.Call{
		{ID: "1", Name: "offer", Pieces: []string{`{"a":`, `1}`}},
		{ID: "2", Name: "offer", Pieces: []string{`{"a":2}`}},
	}}))
	request := ask()
	request.Tools = []llm.Tool{{Name: "offer", Parameters: json.RawMessage(`{"type":"object"}`)}}
	reply, err := b.Complete(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, llm.FinishTools, reply.Finish)
	require.Equal(t, []llm.Call{
		{Name: "offer", Arguments: json.RawMessage(`{"a":1}`)},
		{Name: "offer", Arguments: json.RawMessage(`{"a":2}`)},
	}, reply.Calls)
}

func TestArgumentsMayBeAnObject(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Then: llmtest.Babble, Body: `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"offer","arguments":{"a":1}}}]},"finish_reason":"stop"}]}`}))
	request := ask()
	request.Tools = []llm.Tool{{Name: "offer", Parameters: json.RawMessage(`{}`)}}
	reply, err := b.Complete(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, []llm.Call{{Name: "offer", Arguments: json.RawMessage(`{"a":1}`)}}, reply.Calls)
	require.Equal(t, llm.FinishTools, reply.Finish)
}

func TestMoreCallsThanAnyoneNeedsAreBroken(t *testing.T) {
	t.Parallel()
	calls := make([]llmtest.Call, 100)
	for i := range calls {
		calls[i] = llmtest.Call{ID: string(rune('0' + i)), Name: "offer", Index: i, Pieces: []string{"{}"}}
	}
	b := setup(t, once, always(llmtest.Answer{Calls: calls}))
	_, err := b.Complete(t.Context(), ask())
	require.ErrorIs(t, err, llm.ErrBroken)
}

func TestWholeAnswersFailAsStreamsDo(t *testing.T) {
	t.Parallel()
	for _, a := range []llmtest.Answer{
		{Then: llmtest.Cut},
		{Then: llmtest.Fail},
		{Then: llmtest.Babble, Body: "{"},
		{Then: llmtest.Babble, Body: `{"choices":[]}`},
	} {
		b := setup(t, once, always(a))
		_, err := b.Complete(t.Context(), ask())
		require.Error(t, err)
		require.NotEqual(t, "ok", b.lastSpent().Outcome)
	}
}
