package idempotency_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/test/testkit"
)

// input is what a client asks for.
type input struct{ Keyword string }

// search makes a row of the searches and returns its id.
func search(ctx context.Context, tx *db.Tx) (string, error) {
	row, err := tx.SearchHistory.Create().SetUserID("usr_1").SetKeyword("떡").Save(ctx)
	if err != nil {
		return "", err
	}
	return row.ID, nil
}

func request(key string) idempotency.Request {
	return idempotency.Request{UserID: "usr_1", Operation: "search", Key: &key, Input: input{"떡"}}
}

// made returns how many changes have been made.
func made(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := d.Read().SearchHistory.Query().Count(t.Context())
	require.NoError(t, err)
	return n
}

func TestARetryReturnsTheFirstOutcome(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		first, err := idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.NotEmpty(t, first)
		again, err := idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.Equal(t, first, again)
		require.Equal(t, 1, made(t, d))
	})
}

func TestKeysMeetOnlyWithinOneUserAndOperation(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		mine := request("k")
		theirs, other, second := mine, mine, request("K")
		theirs.UserID, other.Operation = "usr_2", "find"
		for _, r := range []idempotency.Request{mine, theirs, other, second} {
			_, err := idempotency.Once(t.Context(), d, r, search)
			require.NoError(t, err)
		}
		require.Equal(t, 4, made(t, d))
	})
}

func TestAKeyHoldsForOneInput(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		_, err := idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		changed := request("k")
		changed.Input = input{"빵"}
		_, err = idempotency.Once(t.Context(), d, changed, search)
		require.ErrorIs(t, err, idempotency.ErrKeyReused)
		require.Equal(t, []string{"idempotencyKey"}, fault.From(err).Field)
		require.Equal(t, 1, made(t, d))
	})
}

func TestWithoutAKeyEveryRequestCounts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := request("")
		r.Key = nil
		for range 2 {
			_, err := idempotency.Once(t.Context(), d, r, search)
			require.NoError(t, err)
		}
		require.Equal(t, 2, made(t, d))
	})
}

func TestAFailedChangeLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		refused := errors.New("refused")
		_, err := idempotency.Once(t.Context(), d, request("k"), func(ctx context.Context, tx *db.Tx) (string, error) {
			_, err := search(ctx, tx)
			require.NoError(t, err)
			return "", refused
		})
		require.ErrorIs(t, err, refused)
		require.Zero(t, made(t, d))
		_, err = idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.Equal(t, 1, made(t, d))
	})
}

func TestRequestsWithOneKeyAtOnceMakeOneChange(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const clients = 8
		// On PostgreSQL each waits inside its transaction until all have begun or one has committed.
		var begun atomic.Int64
		all, committed := make(chan struct{}), make(chan struct{})
		type outcome struct {
			id  string
			err error
		}
		outcomes := make(chan outcome, clients)
		for range clients {
			go func() {
				id, err := idempotency.Once(t.Context(), d, request("k"), func(ctx context.Context, tx *db.Tx) (string, error) {
					if begun.Add(1) == clients {
						close(all)
					}
					if d.IsPostgres() {
						select {
						case <-all:
						case <-committed:
						}
					}
					return search(ctx, tx)
				})
				outcomes <- outcome{id, err}
			}()
		}
		var first string
		for i := range clients {
			o := <-outcomes
			require.NoError(t, o.err)
			if i == 0 {
				first = o.id
				close(committed)
			}
			require.Equal(t, first, o.id)
		}
		require.Equal(t, 1, made(t, d))
	})
}

func TestKeysHaveABound(t *testing.T) {
	t.Parallel()
	require.NoError(t, idempotency.Check(nil))
	for _, good := range []string{"k", strings.Repeat("가", 255)} {
		require.NoError(t, idempotency.Check(&good))
	}
	for _, bad := range []string{"", strings.Repeat("k", 256), "nul\x00"} {
		err := idempotency.Check(&bad)
		require.ErrorIs(t, err, idempotency.ErrKeyInvalid, "%q", bad)
		require.Equal(t, []string{"idempotencyKey"}, fault.From(err).Field)
	}
}

func TestTheLongestKeyCanBeKept(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			_, err := idempotency.Once(t.Context(), d, request(strings.Repeat("가", 255)), search)
			require.NoError(t, err)
		}
		require.Equal(t, 1, made(t, d))
	})
}

func TestSweepForgetsOldKeys(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		_, err := idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.NoError(t, idempotency.Sweep(t.Context(), d, time.Now().Add(idempotency.Retention-time.Minute)))
		_, err = idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.Equal(t, 1, made(t, d), "it is remembered")

		require.NoError(t, idempotency.Sweep(t.Context(), d, time.Now().Add(idempotency.Retention+time.Minute)))
		_, err = idempotency.Once(t.Context(), d, request("k"), search)
		require.NoError(t, err)
		require.Equal(t, 2, made(t, d))
	})
}
