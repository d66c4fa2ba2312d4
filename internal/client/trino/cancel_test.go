package trino_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
)

func TestWhoLeavesCancelsTheQuery(t *testing.T) {
	t.Parallel()
	answer := numbers(2, 1)
	answer.Stall = true
	server, client := setup(t, trinotest.Always(answer))
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	ended := make(chan error, 1)
	go func() {
		_, _, err := all(ctx, client, "SELECT n")
		ended <- err
	}()
	stalled := <-server.Stalled
	leave()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Equal(t, stalled, <-server.Cancelled)
	require.Empty(t, server.Refused, "one DELETE, on the next page, by who asked")
}

func TestWhoLeavesBetweenRowsCancelsTheQuery(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(numbers(100, 2)))
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	_, err := client.Query(ctx, "SELECT n", nil, func([]any) error {
		leave()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NotEmpty(t, <-server.Cancelled)
}

func TestAnErrorOfTheReaderEndsTheQueryAndComesBackAsItIs(t *testing.T) {
	t.Parallel()
	full := errors.New("the basket is full")
	server, client := setup(t, trinotest.Always(numbers(100, 2)))
	_, err := client.Query(t.Context(), "SELECT n", nil, func([]any) error { return full })
	require.Equal(t, full, err)
	require.NotEmpty(t, <-server.Cancelled)
}

func TestNothingIsCancelledAfterTheEnd(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(numbers(5, 2)))
	_, _, err := all(t.Context(), client, "SELECT n")
	require.NoError(t, err)
	require.NoError(t, client.Close())
	require.Empty(t, server.Cancelled)
	require.Empty(t, server.Refused)
}

func TestWhoHasLeftAlreadyAsksNothing(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(numbers(5, 2)))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	_, _, err := all(ctx, client, "SELECT n")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, server.Statements())
	var query *trino.QueryError
	require.NotErrorAs(t, err, &query)
}
