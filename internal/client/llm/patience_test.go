package llm_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/platform/fault"
)

var patient = llm.Options{Timeout: time.Minute, FirstToken: 5 * time.Second, Idle: 3 * time.Second}

func TestAModelThatSaysNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("가나다라", 20)
	for name, is := range map[string]struct {
		answer llmtest.Answer
		text   string
		after  time.Duration
	}{
		"from the beginning":              {llmtest.Answer{Then: llmtest.Stall}, "", 5 * time.Second},
		"from the beginning, but murmurs": {llmtest.Answer{Then: llmtest.Stall, Murmur: time.Second}, "", 5 * time.Second},
		"before the headers":              {llmtest.Answer{Then: llmtest.Stall, Whole: true}, "", 5 * time.Second},
		"in the middle":                   {llmtest.Answer{Deltas: []string{"가", "나"}, Every: 2 * time.Second, Then: llmtest.Stall, After: 2}, "가나", 5 * time.Second},
		"in the middle, but murmurs":      {llmtest.Answer{Deltas: []string{"가"}, Then: llmtest.Stall, After: 1, Murmur: time.Second}, "가", 3 * time.Second},
		"never, but for too long":         {llmtest.Answer{Deltas: llmtest.Tokens(long), Every: 2900 * time.Millisecond}, long, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, patient, func(t *testing.T, b *bundle) {
				begun := time.Now()
				text, reply, err := b.stream(t.Context())
				require.ErrorIs(t, err, llm.ErrTimeout)
				require.NotErrorIs(t, err, context.DeadlineExceeded, "it was not the caller's deadline")
				require.Equal(t, fault.CodeUnavailable, fault.From(err).Code)
				require.Equal(t, is.after, time.Since(begun))
				require.Equal(t, text, reply.Text)
				require.True(t, strings.HasPrefix(is.text, text))
				require.Equal(t, is.text == "", text == "")
				require.Equal(t, 1, b.model.Asked(), "patience is spent once")
			}, always(is.answer))
		})
	}
}

func TestATimeThatTheCallerTakesIsNotTheModels(t *testing.T) {
	t.Parallel()
	inBubble(t, patient, func(t *testing.T, b *bundle) {
		reply, err := b.Stream(t.Context(), ask(), func(string) error {
			time.Sleep(10 * time.Second) // a slow database; time is that of the bubble
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, "가나다", reply.Text)
	}, always(llmtest.Answer{Deltas: []string{"가", "나", "다"}}))
}

func TestTheCallersDeadlineIsKept(t *testing.T) {
	t.Parallel()
	inBubble(t, patient, func(t *testing.T, b *bundle) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := b.Complete(ctx, ask())
		require.ErrorIs(t, err, llm.ErrTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2*time.Second, time.Since(begun))
	}, always(llmtest.Answer{Deltas: []string{"가"}, First: 10 * time.Second}))
}

func TestAWholeAnswerIsWaitedForAsLongAsACall(t *testing.T) {
	t.Parallel()
	inBubble(t, patient, func(t *testing.T, b *bundle) {
		reply, err := b.Complete(t.Context(), ask())
		require.NoError(t, err)
		require.Equal(t, "가", reply.Text)
		b.model.Script(always(llmtest.Answer{Then: llmtest.Stall}))
		begun := time.Now()
		_, err = b.Complete(t.Context(), ask())
		require.ErrorIs(t, err, llm.ErrTimeout)
		require.Equal(t, time.Minute, time.Since(begun))
	}, always(llmtest.Answer{Deltas: []string{"가"}, First: 30 * time.Second}))
}

func TestAnAnswerThatEndedIsNotSpoiltByWhatComesAfter(t *testing.T) {
	t.Parallel()
	inBubble(t, patient, func(t *testing.T, b *bundle) {
		begun := time.Now()
		text, reply, err := b.stream(t.Context())
		require.NoError(t, err)
		require.Equal(t, "가", text)
		require.Equal(t, llm.FinishStop, reply.Finish)
		require.Equal(t, patient.Idle, time.Since(begun), "the usage might have come")
	}, always(llmtest.Answer{Then: llmtest.Stall, Body: "", Deltas: []string{"가"}, After: 1, StallReason: "stop"}))
}

func TestACancelClosesTheConnectionAtOnce(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	b := setup(t, llm.Options{}, always(llmtest.Answer{
		Deltas: []string{"가"}, Then: llmtest.Stall, After: 1, Gone: func() { close(gone) },
	}))
	ctx, cancel := context.WithCancel(t.Context())
	reply, err := b.Stream(ctx, ask(), func(string) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, llm.ErrTimeout)
	<-gone
	require.Equal(t, "가", reply.Text)
	require.True(t, reply.Usage.Estimated)
	require.Equal(t, "canceled", b.lastSpent().Outcome)
}

func TestConnectionsServeTheNextCall(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, llmtest.Say("가나다라"))
	clients := map[string]bool{}
	b.model.Script(func(r llmtest.Request) llmtest.Answer {
		clients[r.From] = true
		return llmtest.Answer{Deltas: []string{"가"}}
	})
	for range 5 {
		_, _, err := b.stream(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, clients, 1)
}
