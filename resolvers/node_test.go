package resolvers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPanicInOneOfManyLookupsIsAnError(t *testing.T) {
	t.Parallel()
	_, err := each(t.Context(), []string{"a", "b"}, func(_ context.Context, id string) (string, error) {
		if id == "b" {
			panic("no such thing")
		}
		return id, nil
	})
	require.ErrorContains(t, err, "no such thing")
}

func TestALookupThatFailsCancelsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		var cancelled error
		_, err := each(t.Context(), []string{"fails", "goes on"}, func(ctx context.Context, id string) (string, error) {
			if id == "fails" {
				return "", refused
			}
			time.Sleep(time.Second) // until the other has failed: the clock of the bubble waits for it
			cancelled = ctx.Err()
			return id, nil
		})
		require.ErrorIs(t, err, refused)
		require.NoError(t, cancelled)
	})
}
