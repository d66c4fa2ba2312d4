package timeout_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/timeout"
)

type key struct{}

func TestEndsAfterItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := timeout.With(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		at, ok := ctx.Deadline()
		require.True(t, ok)
		require.Equal(t, time.Minute, at.Sub(began))
		require.NoError(t, ctx.Err())
		<-ctx.Done()
		require.Equal(t, time.Minute, time.Since(began))
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	})
}

// Who never waits must still see that the time is over.
func TestIsOverWithoutAnybodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := timeout.With(t.Context(), time.Minute)
		defer cancel()
		time.Sleep(time.Minute) // of the bubble's own clock
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
		<-ctx.Done()
	})
}

func TestKeepsTheParentsBounds(t *testing.T) {
	t.Parallel()
	gone := errors.New("the client has left")
	parent, leave := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
	sooner, release := context.WithTimeout(parent, time.Hour)
	defer release()
	ctx, cancel := timeout.With(sooner, 2*time.Hour)
	defer cancel()
	at, _ := ctx.Deadline()
	want, _ := sooner.Deadline()
	require.Equal(t, want, at)
	require.Equal(t, "value", ctx.Value(key{}))
	child, done := context.WithCancel(ctx)
	defer done()
	require.Equal(t, "value", child.Value(key{}))
	leave(gone)
	<-child.Done()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.ErrorIs(t, context.Cause(child), gone)
}

func TestCancelEndsItForEverybody(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"somebody waits": true, "nobody waits": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := timeout.With(t.Context(), time.Hour)
			if wait {
				require.NotNil(t, ctx.Done())
			}
			cancel()
			require.ErrorIs(t, ctx.Err(), context.Canceled)
			<-ctx.Done()
		})
	}
}

// A child of a context that is not of package context costs a goroutine that waits for its parent.
func TestChildrenNeedNoGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := timeout.With(context.Background(), time.Hour)
		child, done := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, child.Err(), context.Canceled, "at once, and not when a goroutine has noticed")
		done()
	})
}

func BenchmarkWith(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := timeout.With(b.Context(), time.Minute)
		if ctx.Err() != nil {
			b.Fatal("over")
		}
		cancel()
	}
}
