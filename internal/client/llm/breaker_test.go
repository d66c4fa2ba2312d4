package llm_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/platform/fault"
)

var brittle = llm.Options{MaxRetries: -1, FirstToken: time.Second, Breaker: llm.Breaker{Failures: 3, Pause: 30 * time.Second}}

// check requires that the probe says so, in words and by an error.
func (b *bundle) check(t *testing.T, detail string, kind error) {
	t.Helper()
	said, err := b.Check(t.Context())
	require.Equal(t, "CUSTOM HCX-005: "+detail, said)
	if kind == nil {
		require.NoError(t, err)
	} else {
		require.ErrorIs(t, err, kind)
	}
}

func TestAProviderThatFailsIsLeftAloneAndTriedAgain(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]llmtest.Answer{
		"out of order":   {Status: 500},
		"says nothing":   {Then: llmtest.Stall},
		"breaks off":     {Deltas: []string{"가"}, After: 1, Then: llmtest.Cut},
		"fails in band":  {Then: llmtest.Fail},
		"speaks garbage": {Then: llmtest.Babble, Body: "data: x\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, brittle, func(t *testing.T, b *bundle) {
				b.check(t, "ready", nil)
				for range 3 {
					_, _, err := b.stream(t.Context())
					require.NotErrorIs(t, err, llm.ErrBreakerOpen)
				}
				b.check(t, "circuit open, tried again in 30s", llm.ErrBreakerOpen)
				time.Sleep(10 * time.Second)
				_, _, err := b.stream(t.Context())
				require.ErrorIs(t, err, llm.ErrBreakerOpen)
				require.Equal(t, 20*time.Second, fault.From(err).RetryAfter)
				require.Equal(t, "breaker_open", b.lastSpent().Outcome)
				require.Equal(t, 3, b.model.Asked(), "nobody asks during the pause")

				time.Sleep(20 * time.Second)
				b.check(t, "circuit half open", nil)
				_, _, err = b.stream(t.Context())
				require.NotErrorIs(t, err, llm.ErrBreakerOpen)
				if name != "breaks off" { // its first token has closed the circuit
					b.check(t, "circuit open, tried again in 30s", llm.ErrBreakerOpen)
					time.Sleep(30 * time.Second)
				}
				b.model.Script(llmtest.Say("가"))
				_, _, err = b.stream(t.Context())
				require.NoError(t, err)
				b.check(t, "ready", nil)
				require.Contains(t, b.log.String(), "level=WARN msg=\"language model circuit\"")
			}, always(bad))
		})
	}
}

func TestOneCallTriesAndItsFirstTokenIsEnough(t *testing.T) {
	t.Parallel()
	inBubble(t, brittle, func(t *testing.T, b *bundle) {
		for range 3 {
			_, _, _ = b.stream(t.Context())
		}
		time.Sleep(31 * time.Second)
		gate := make(chan struct{})
		b.model.Script(always(llmtest.Answer{Deltas: []string{"가", "나"}, Gate: gate}))
		done := make(chan error)
		go func() {
			_, _, err := b.stream(t.Context())
			done <- err
		}()
		synctest.Wait()
		_, _, err := b.stream(t.Context())
		require.ErrorIs(t, err, llm.ErrBreakerOpen, "one is enough")
		gate <- struct{}{}
		synctest.Wait()
		b.check(t, "ready", nil)
		close(gate)
		require.NoError(t, <-done)
		_, _, err = b.stream(t.Context())
		require.NoError(t, err)
	}, always(llmtest.Answer{Status: 500}))
}

func TestWhatIsNotTheProvidersFaultOpensNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, brittle, func(t *testing.T, b *bundle) {
		for _, status := range []int{400, 401, 404, 413, 429} {
			b.model.Script(always(llmtest.Answer{Status: status}))
			for range 4 {
				_, _, err := b.stream(t.Context())
				require.Error(t, err)
			}
		}
		b.model.Script(always(llmtest.Answer{Deltas: []string{"가"}, Then: llmtest.Stall, After: 1}))
		for range 4 {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := b.Stream(ctx, ask(), func(string) error { cancel(); return nil })
			require.ErrorIs(t, err, context.Canceled)
			_, err = b.Stream(t.Context(), ask(), func(string) error { return errors.New("gone") })
			require.Error(t, err)
			short, stop := context.WithTimeout(t.Context(), time.Millisecond)
			_, _, err = b.stream(short)
			require.ErrorIs(t, err, llm.ErrTimeout)
			stop()
		}
		b.model.Script(llmtest.Say("no JSON"))
		for range 4 {
			request := ask()
			request.Schema = &llm.Schema{Name: "x", JSON: []byte(`{}`)}
			_, err := b.Complete(t.Context(), request)
			require.ErrorIs(t, err, llm.ErrBroken)
		}
		_, _, err := b.stream(t.Context())
		require.NoError(t, err)
	})
}

func TestOnlyFailuresInSequenceCount(t *testing.T) {
	t.Parallel()
	inBubble(t, brittle, func(t *testing.T, b *bundle) {
		for range 4 {
			b.model.Script(always(llmtest.Answer{Status: 500}), always(llmtest.Answer{Status: 500}), llmtest.Say("가"))
			for range 3 {
				_, _, err := b.stream(t.Context())
				require.NotErrorIs(t, err, llm.ErrBreakerOpen)
			}
		}
		b.check(t, "ready", nil)
	})
}

func TestATryThatIsCanceledLeavesRoomForTheNext(t *testing.T) {
	t.Parallel()
	inBubble(t, brittle, func(t *testing.T, b *bundle) {
		for range 3 {
			_, _, _ = b.stream(t.Context())
		}
		time.Sleep(31 * time.Second)
		b.model.Script(always(llmtest.Answer{Then: llmtest.Stall}), llmtest.Say("가"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, _, err := b.stream(ctx)
		require.ErrorIs(t, err, llm.ErrTimeout)
		_, _, err = b.stream(t.Context())
		require.NoError(t, err)
	}, always(llmtest.Answer{Status: 500}))
}

func TestAPanicOfTheReaderLeavesTheBreakerUsable(t *testing.T) {
	t.Parallel()
	inBubble(t, brittle, func(t *testing.T, b *bundle) {
		for range 3 {
			_, _, _ = b.stream(t.Context())
		}
		time.Sleep(31 * time.Second)
		b.model.Script(llmtest.Say("가"))
		require.Panics(t, func() { _, _ = b.Stream(t.Context(), ask(), func(string) error { panic("oh") }) })
		_, _, err := b.stream(t.Context())
		require.NoError(t, err)
	}, always(llmtest.Answer{Status: 500}))
}

func TestARefusedKeyIsSeenUntilItWorks(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{}, always(llmtest.Answer{Status: 401}), llmtest.Say("가"))
	_, _, err := b.stream(t.Context())
	require.ErrorIs(t, err, llm.ErrMisconfigured)
	b.check(t, "ready, the key or the model was refused", llm.ErrMisconfigured)
	_, _, err = b.stream(t.Context())
	require.NoError(t, err)
	b.check(t, "ready", nil)
	require.Equal(t, 2, b.model.Asked(), "the probe asks nobody")
}
