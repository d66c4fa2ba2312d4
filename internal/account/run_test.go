package account_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/refreshtoken"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/test/testkit"
)

// listener is a log handler that tells of each line.
type listener struct {
	slog.Handler
	heard chan string
}

func (l listener) Enabled(context.Context, slog.Level) bool { return true }

func (l listener) Handle(_ context.Context, r slog.Record) error {
	l.heard <- r.Message
	return nil
}

// replica starts another replica on the database of b and returns it and what it logs.
func (b *bench) replica(t *testing.T) (*account.Service, chan string) {
	t.Helper()
	heard := make(chan string, 100)
	deps := b.deps
	deps.Logger = slog.New(listener{slog.DiscardHandler, heard})
	s := account.New(deps)
	testkit.Run(t, s.Run)
	return s, heard
}

// eventually waits until a condition holds.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 20*time.Millisecond)
}

func TestASessionEndsOnEveryReplica(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		before := b.signUp(t, "before@moa.example", user.RoleUSER)
		_, err := b.SignOut(t.Context(), account.SignOutInput{RefreshToken: before.RefreshToken})
		require.NoError(t, err)
		b.advance(10 * time.Minute)

		other, _ := b.replica(t)
		eventually(t, func() bool { _, err := other.Check(t.Context()); return err == nil })
		_, err = other.Authenticate(t.Context(), *before.AccessToken)
		require.ErrorIs(t, err, fault.Unauthenticated, "what ended before the start is known with it")

		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		v, err := other.Authenticate(t.Context(), *s.AccessToken)
		require.NoError(t, err)
		_, err = b.SignOut(t.Context(), account.SignOutInput{RefreshToken: s.RefreshToken})
		require.NoError(t, err)
		eventually(t, func() bool { return errors.Is(other.Alive(t.Context(), v), fault.Unauthenticated) })
		_, err = other.Authenticate(t.Context(), *s.AccessToken)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestAReplicaIsNotReadyBeforeItKnows(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	_, err := b.Check(t.Context())
	require.Error(t, err)
}

func TestThePollSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		other, heard := b.replica(t)
		eventually(t, func() bool { _, err := other.Check(t.Context()); return err == nil })
		_, err := b.SignOut(t.Context(), account.SignOutInput{RefreshToken: s.RefreshToken})
		require.NoError(t, err)
		rename := func(from, to string) {
			_, err := b.db.Writer().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to)
			require.NoError(t, err)
		}
		rename("sessions", "sessions_away")
		require.Equal(t, "sessions that end elsewhere are not seen", <-heard)
		rename("sessions_away", "sessions")
		require.Equal(t, "sessions that end elsewhere are seen again", <-heard)
		_, err = other.Authenticate(t.Context(), *s.AccessToken)
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestSweepRemovesWhatHasEnded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		old := b.signUp(t, "old@moa.example", user.RoleUSER)
		ended := b.signUp(t, "ended@moa.example", user.RoleUSER)
		_, err := b.SignOut(t.Context(), account.SignOutInput{RefreshToken: ended.RefreshToken})
		require.NoError(t, err)
		kept := b.signUp(t, "kept@moa.example", user.RoleUSER)
		picture := b.picture(t, kept)
		key := "first"
		_, err = idempotency.Once(t.Context(), b.db, idempotency.Request{UserID: kept.User.ID, Operation: "x", Key: &key},
			func(context.Context, *db.Tx) (string, error) { return "made", nil })
		require.NoError(t, err)

		for range 9 { // one session goes on, day after day
			b.advance(23 * time.Hour)
			kept, err = b.refresh(t.Context(), kept.RefreshToken)
			require.NoError(t, err)
		}
		require.NoError(t, b.Sweep(t.Context()))

		sessions, err := b.db.Read().Session.Query().WithUser().All(t.Context())
		require.NoError(t, err)
		require.Len(t, sessions, 1)
		require.Equal(t, kept.User.ID, sessions[0].Edges.User.ID)
		expired, err := b.db.Read().RefreshToken.Query().Where(refreshtoken.ExpiresAtLT(b.now().Add(-7 * 24 * time.Hour))).Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, expired)
		uploads, err := b.db.Read().Upload.Query().Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, uploads, picture)
		keys, err := b.db.Read().Idempotency.Query().Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, keys)

		_, err = b.refresh(t.Context(), kept.RefreshToken)
		require.NoError(t, err, "what lives goes on")
		_, err = b.refresh(t.Context(), old.RefreshToken)
		require.ErrorIs(t, err, account.ErrRefreshTokenInvalid)
	})
}

func TestSweepGoesThroughManyBatches(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		for range 5 {
			_, err := b.Grant(t.Context(), repeat(s, 500)...)
			require.NoError(t, err)
		}
		b.advance(8*24*time.Hour + time.Minute)
		require.NoError(t, b.Sweep(t.Context()))
		n, err := b.db.Read().Session.Query().Where(session.UserID(s.User.ID)).Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestTheSweepIsAJob(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, func(*account.Deps) {})
		b.signUp(t, "a@moa.example", user.RoleUSER)
		b.advance(9 * 24 * time.Hour)
		var done atomic.Int64
		q, err := queue.New(d, queue.Options{PollInterval: 100 * time.Millisecond, Observe: func(kind, outcome string) {
			if kind == "account_sweep" && outcome == "ok" {
				done.Add(1)
			}
		}})
		require.NoError(t, err)
		b.RegisterJobs(q)
		testkit.Run(t, q.Run)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return q.Insert(ctx, tx, queue.Insert{Args: sweep{}})
		})
		eventually(t, func() bool { return done.Load() == 1 })
		n, err := d.Read().Session.Query().Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// sweep asks for the nightly sweep now, by its kind.
type sweep struct{}

// Kind implements [queue.Args].
func (sweep) Kind() string { return "account_sweep" }

// repeat returns the session's user n times.
func repeat(s *account.Session, n int) []*ent.User {
	users := make([]*ent.User, n)
	for i := range users {
		users[i] = s.User
	}
	return users
}
