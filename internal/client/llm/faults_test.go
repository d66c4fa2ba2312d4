package llm_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// once is a client that never tries again.
var once = llm.Options{MaxRetries: -1}

func TestEachFaultIsOfItsKind(t *testing.T) {
	t.Parallel()
	begun := []string{"가", "나", "다"}
	for name, is := range map[string]struct {
		answer  llmtest.Answer
		err     error
		code    fault.Code
		outcome string
	}{
		"out of order":           {llmtest.Answer{Status: 500}, llm.ErrUnavailable, fault.CodeUnavailable, "unavailable"},
		"a gateway's page":       {llmtest.Answer{Status: 502, Body: "<html>Bad Gateway " + prompt}, llm.ErrUnavailable, fault.CodeUnavailable, "unavailable"},
		"overloaded":             {llmtest.Answer{Status: 503, Code: "overloaded"}, llm.ErrUnavailable, fault.CodeUnavailable, "unavailable"},
		"too many requests":      {llmtest.Answer{Status: 429, Code: "42900"}, llm.ErrRateLimited, fault.CodeRateLimited, "rate_limited"},
		"no money left":          {llmtest.Answer{Status: 429, Code: "insufficient_quota"}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"a wrong key":            {llmtest.Answer{Status: 401}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"a key without rights":   {llmtest.Answer{Status: 403}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"no such model":          {llmtest.Answer{Status: 404, Code: "model_not_found"}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"moved away":             {llmtest.Answer{Status: 301}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"a model of the past":    {llmtest.Answer{Status: 400, Code: "40082"}, llm.ErrMisconfigured, fault.CodeUnavailable, "misconfigured"},
		"too long, OpenAI":       {llmtest.Answer{Status: 400, Code: "context_length_exceeded"}, llm.ErrTooLong, fault.CodeInvalidArgument, "too_long"},
		"too long, CLOVA":        {llmtest.Answer{Status: 400, Body: `{"status":{"code":"40003","message":"` + prompt + `"}}`}, llm.ErrTooLong, fault.CodeInvalidArgument, "too_long"},
		"too long, Gemini":       {llmtest.Answer{Status: 400, Body: `[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum","status":"INVALID_ARGUMENT"}}]`}, llm.ErrTooLong, fault.CodeInvalidArgument, "too_long"},
		"too big for a gateway":  {llmtest.Answer{Status: 413}, llm.ErrTooLong, fault.CodeInvalidArgument, "too_long"},
		"filtered question":      {llmtest.Answer{Status: 400, Code: "content_filter", Message: prompt}, llm.ErrRefused, fault.CodeInvalidArgument, "refused"},
		"filtered answer":        {llmtest.Answer{Reason: "content_filter"}, llm.ErrRefused, fault.CodeInvalidArgument, "refused"},
		"the model refuses":      {llmtest.Answer{Then: llmtest.Babble, Body: `data: {"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}` + "\n\n"}, llm.ErrRefused, fault.CodeInvalidArgument, "refused"},
		"CLOVA in band":          {llmtest.Answer{Then: llmtest.Babble, Body: `data: {"status":{"code":"50000","message":"` + prompt + `"}}` + "\n\n"}, llm.ErrUnavailable, fault.CodeUnavailable, "unavailable"},
		"CLOVA in band, busy":    {llmtest.Answer{Then: llmtest.Babble, Body: `data: {"status":{"code":"42901"}}` + "\n\n"}, llm.ErrRateLimited, fault.CodeRateLimited, "rate_limited"},
		"CLOVA in band, whole":   {llmtest.Answer{Whole: true, Then: llmtest.Babble, Body: `{"status":{"code":"40003"},"result":null}`}, llm.ErrTooLong, fault.CodeInvalidArgument, "too_long"},
		"an event error":         {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: "event: error\ndata: what now " + prompt + "\n\n"}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"an error in band":       {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Fail, Code: "odd", Message: prompt}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"an error of words":      {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: `data: {"error":"` + prompt + `"}` + "\n\n"}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"ended early":            {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.End}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"cut off":                {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Cut}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"cut off before a token": {llmtest.Answer{Then: llmtest.Cut}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"garbage":                {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: "data: {" + prompt + "\n\n"}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"text that is none":      {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: `data: {"choices":[{"delta":{"content":7}}]}` + "\n\n"}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"done with nothing":      {llmtest.Answer{Then: llmtest.Babble, Body: "data: [DONE]\n\n"}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"a line without end":     {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: "data: " + strings.Repeat("x", 3<<20)}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"an event without end":   {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: strings.Repeat("data: xxxxxxxx\n", 1<<18)}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
		"an answer without end":  {llmtest.Answer{Deltas: begun, After: 2, Then: llmtest.Babble, Body: strings.Repeat(": "+strings.Repeat("x", 1022)+"\n", 33<<10)}, llm.ErrBroken, fault.CodeUnavailable, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, once, always(is.answer))
			text, reply, err := b.stream(t.Context())
			require.ErrorIs(t, err, is.err)
			require.Equal(t, is.code, fault.From(err).Code)
			require.Equal(t, is.outcome, b.lastSpent().Outcome)
			require.Equal(t, 1, b.model.Asked())
			require.Equal(t, text, reply.Text, "what came is kept")
			if len(is.answer.Deltas) > 0 {
				require.Equal(t, "가나", text)
				require.True(t, reply.Usage.Estimated)
				require.Equal(t, 2, reply.Usage.CompletionTokens)
				require.Positive(t, reply.Usage.PromptTokens)
			}
			for _, said := range []string{err.Error(), b.log.String()} {
				require.NotContains(t, said, key)
				require.NotContains(t, said, prompt)
				require.NotContains(t, said, "가나")
			}
		})
	}
}

func TestKindsAreToldApart(t *testing.T) {
	t.Parallel()
	kinds := []error{
		llm.ErrUnavailable, llm.ErrRateLimited, llm.ErrTimeout, llm.ErrTooLong, llm.ErrRefused,
		llm.ErrMisconfigured, llm.ErrBroken, llm.ErrBreakerOpen,
	}
	for i, a := range kinds {
		require.NotEqual(t, fault.CodeInternal, fault.From(a).Code)
		for j, b := range kinds {
			if i != j {
				require.NotErrorIs(t, a, b)
			}
		}
	}
}

func TestRefusedRequestsCostNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, once, always(llmtest.Answer{Status: 400}))
	_, reply, err := b.stream(t.Context())
	require.Error(t, err)
	require.Zero(t, reply.Usage)
}

func TestRetryAfterIsHandedOnInBothForms(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"seconds": "90",
		"date":    time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, llm.Options{Timeout: time.Minute}, always(llmtest.Answer{
				Status: 429, Header: http.Header{"Retry-After": {header}},
			}))
			_, _, err := b.stream(t.Context())
			require.ErrorIs(t, err, llm.ErrRateLimited)
			require.InDelta(t, 90, fault.From(err).RetryAfter.Seconds(), 5)
			require.Equal(t, 1, b.model.Asked(), "it does not fit the time of the call")
		})
	}
	for _, header := range []string{"", "soon", "-3", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)} {
		b := setup(t, once, always(llmtest.Answer{Status: 429, Header: http.Header{"Retry-After": {header}}}))
		_, _, err := b.stream(t.Context())
		require.ErrorIs(t, err, llm.ErrRateLimited)
		require.Zero(t, fault.From(err).RetryAfter, header)
	}
}

func TestNobodyAtTheAddressIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	client, err := llm.New(llm.Options{BaseURL: "http://" + listener.Addr().String(), Model: "m", MaxRetries: -1, Key: key})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	reply, err := client.Complete(t.Context(), ask())
	require.ErrorIs(t, err, llm.ErrUnavailable)
	require.Zero(t, reply)
}

func TestAProviderThatRefusesAFieldIsAskedWithoutIt(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]struct {
		refusal llmtest.Answer
		without func(llmtest.Request) bool
	}{
		"usage, by name": {
			llmtest.Answer{Status: 400, Message: "Unknown name stream_options"},
			func(r llmtest.Request) bool { return !r.StreamOptions.IncludeUsage && r.User != "" },
		},
		"usage, by CLOVA's code": {
			llmtest.Answer{Status: 400, Code: "40002"},
			func(r llmtest.Request) bool { return !r.StreamOptions.IncludeUsage && r.User != "" },
		},
		"user": {
			llmtest.Answer{Status: 422, Message: `Extra inputs are not permitted: "user"`},
			func(r llmtest.Request) bool { return r.User == "" && r.StreamOptions.IncludeUsage },
		},
		"the older name of the limit": {
			llmtest.Answer{Status: 400, Message: "Unsupported parameter: use 'max_completion_tokens' instead."},
			func(r llmtest.Request) bool { return r.MaxTokens == 0 && r.MaxCompletionTokens == 100 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, once, func(r llmtest.Request) llmtest.Answer {
				if is.without(r) {
					return llmtest.Answer{Deltas: []string{"가"}}
				}
				return is.refusal
			})
			request := ask()
			request.User, request.MaxTokens = "usr_1", 100
			for range 2 {
				emit, _ := collect()
				reply, err := b.Stream(t.Context(), request, emit)
				require.NoError(t, err)
				require.Equal(t, "가", reply.Text)
			}
			require.Equal(t, 3, b.model.Asked(), "it is remembered")
		})
	}
	b := setup(t, once, always(llmtest.Answer{Status: 400, Code: "40002"}))
	_, _, err := b.stream(t.Context())
	require.ErrorIs(t, err, llm.ErrMisconfigured)
	require.Equal(t, 2, b.model.Asked(), "learning comes to an end")
}
