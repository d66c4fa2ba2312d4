package llm_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestACallIsTriedAgainBeforeItsFirstToken(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]llmtest.Answer{
		"out of order":  {Status: 503},
		"too many":      {Status: 429},
		"broke off":     {Then: llmtest.Cut},
		"ended early":   {Then: llmtest.End},
		"garbage":       {Then: llmtest.Babble, Body: "data: {\n\n"},
		"error in band": {Then: llmtest.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, llm.Options{}, func(t *testing.T, b *bundle) {
				begun := time.Now()
				text, _, err := b.stream(t.Context())
				require.NoError(t, err)
				require.Equal(t, "가", text)
				require.Equal(t, 3, b.model.Asked())
				require.Equal(t, 3, b.lastSpent().Tries)
				waited := time.Since(begun)
				require.GreaterOrEqual(t, waited, 750*time.Millisecond, "a quarter and a half of a second at least")
				require.LessOrEqual(t, waited, 1500*time.Millisecond)
			}, always(first), always(first), llmtest.Say("가"))
		})
	}
}

func TestACallIsNeverTriedAgainAfterItsFirstToken(t *testing.T) {
	t.Parallel()
	for _, then := range []llmtest.Then{llmtest.Cut, llmtest.End, llmtest.Fail} {
		b := setup(t, llm.Options{}, always(llmtest.Answer{Deltas: []string{"가", "나"}, After: 1, Then: then}))
		text, reply, err := b.stream(t.Context())
		require.ErrorIs(t, err, llm.ErrBroken)
		require.Equal(t, "가", text)
		require.Equal(t, "가", reply.Text)
		require.Equal(t, 1, b.model.Asked())
	}
}

func TestWhatNobodyHelpsIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 413} {
		b := setup(t, llm.Options{}, always(llmtest.Answer{Status: status}))
		_, _, err := b.stream(t.Context())
		require.Error(t, err)
		require.Equal(t, 1, b.model.Asked(), status)
	}
}

func TestTriesComeToAnEnd(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{MaxRetries: 3}, func(t *testing.T, b *bundle) {
		_, _, err := b.stream(t.Context())
		require.ErrorIs(t, err, llm.ErrUnavailable)
		require.Equal(t, 4, b.model.Asked())
	}, always(llmtest.Answer{Status: 500}))
}

func TestRetryAfterIsKeptTo(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{}, func(t *testing.T, b *bundle) {
		begun := time.Now()
		_, _, err := b.stream(t.Context())
		require.NoError(t, err)
		require.Equal(t, 20*time.Second, time.Since(begun))
	}, always(llmtest.Answer{Status: 429, Header: http.Header{"Retry-After": {"20"}}}), llmtest.Say("가"))
}

func TestARetryThatDoesNotFitTheDeadlineIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{}, func(t *testing.T, b *bundle) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := b.Complete(ctx, ask())
		require.ErrorIs(t, err, llm.ErrRateLimited)
		require.Equal(t, 3*time.Second, fault.From(err).RetryAfter)
		require.Zero(t, time.Since(begun))
	}, always(llmtest.Answer{Status: 429, Header: http.Header{"Retry-After": {"3"}}}))
}

func TestTriesThatBeganToWorkAreCounted(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{}, func(t *testing.T, b *bundle) {
		_, reply, err := b.stream(t.Context())
		require.NoError(t, err)
		require.True(t, reply.Usage.Estimated)
		require.Greater(t, reply.Usage.PromptTokens, 10, "the prompt was read twice, by one that did not say")
		require.Equal(t, 1, reply.Usage.CompletionTokens)
		require.Equal(t, reply.Usage, b.lastSpent().Usage)
	}, always(llmtest.Answer{Then: llmtest.Cut}), always(llmtest.Answer{Status: 500}),
		always(llmtest.Answer{Deltas: []string{"가"}, Usage: &llmtest.Usage{Prompt: 10, Completion: 1}}))
}

func TestLeavingDuringThePauseEndsTheCall(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{}, func(t *testing.T, b *bundle) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		_, _, err := b.stream(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, time.Second, time.Since(begun))
	}, always(llmtest.Answer{Status: 503, Header: http.Header{"Retry-After": {"60"}}}))
}

func TestWaitsGrowAndStayBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, llm.Options{MaxRetries: 40, Timeout: time.Hour}, func(t *testing.T, b *bundle) {
		begun := time.Now()
		_, err := b.Complete(t.Context(), ask())
		require.ErrorIs(t, err, llm.ErrUnavailable)
		require.Equal(t, 41, b.model.Asked())
		require.Less(t, time.Since(begun), 40*8*time.Second)
		require.Greater(t, time.Since(begun), 35*4*time.Second)
	}, always(llmtest.Answer{Status: 500, Body: strings.Repeat("x", 1<<20)}))
}
