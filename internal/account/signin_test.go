package account_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

func TestSignInAnswersEveryWrongPairTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.signUp(t, "known@moa.example", user.RoleUSER)
		gone := b.signUp(t, "gone@moa.example", user.RoleUSER)
		_, err := b.DeleteAccount(b.as(t, gone), account.DeleteAccountInput{Password: goodPassword})
		require.NoError(t, err)
		_, err = b.Add(t.Context(), "imported@moa.example", "", user.RoleUSER)
		require.NoError(t, err)

		for name, pair := range map[string][2]string{
			"wrong password":   {"known@moa.example", otherPassword},
			"empty password":   {"known@moa.example", ""},
			"unknown address":  {"unknown@moa.example", goodPassword},
			"no address":       {"", goodPassword},
			"deleted account":  {"gone@moa.example", goodPassword},
			"imported account": {"imported@moa.example", ""},
		} {
			before := b.hashes.Load()
			ctx, statements := db.WithCounter(t.Context())
			s, err := b.signIn(ctx, pair[0], pair[1])
			require.Nil(t, s, name)
			require.Equal(t, account.ErrCredentialsInvalid, err, "the very same answer: %s", name)
			require.EqualValues(t, 1, b.hashes.Load()-before, "the same work: %s", name)
			require.Equal(t, 1, statements.Count(), "the same statements: %s", name)
		}
	})
}

func TestAPasswordIsTheSameInEveryComposition(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.signUp(t, "mac@moa.example", user.RoleUSER)
		_, err := b.signIn(t.Context(), "mac@moa.example", norm.NFD.String(goodPassword))
		require.NoError(t, err)
	})
}

func TestSignInRenewsAHashOfAnEarlierCost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "early@moa.example", user.RoleUSER)
		b.deps.Hash = account.HashCost{Memory: 128, Passes: 2, Threads: 1}
		dearer := account.New(b.deps)
		input := account.SignInInput{Email: "early@moa.example", Password: goodPassword}
		_, err := dearer.SignIn(t.Context(), input)
		require.NoError(t, err)
		require.Contains(t, *b.row(t, s.User.ID).PasswordHash, "$m=128,t=2,p=1$")
		_, err = dearer.SignIn(t.Context(), input)
		require.NoError(t, err)
	})
}

func TestAPasswordThatChangesWhileItIsVerifiedOpensNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "race@moa.example", user.RoleUSER)
		ctx := b.as(t, s)
		var once sync.Once
		b.hashed = func() { // the sign-in has verified the old password and has not opened a session yet
			once.Do(func() {
				testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
					return tx.User.UpdateOneID(s.User.ID).SetPasswordHash("$argon2id$another").Exec(ctx)
				})
			})
		}
		_, err := b.signIn(ctx, "race@moa.example", goodPassword)
		require.ErrorIs(t, err, account.ErrCredentialsInvalid)
		n, err := b.db.Read().Session.Query().Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func TestAFloodOfSignInsWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	hashing, release := make(chan struct{}), make(chan struct{})
	b.hashed = func() { // holds its seat
		hashing <- struct{}{}
		<-release
	}
	answers := make(chan error, runtime.NumCPU())
	for i := range cap(answers) {
		go func() {
			_, err := b.signIn(t.Context(), fmt.Sprintf("flood%d@moa.example", i), goodPassword)
			answers <- err
		}()
		<-hashing
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.signIn(ctx, "late@moa.example", goodPassword)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualValues(t, runtime.NumCPU(), b.hashes.Load(), "no memory was taken for it")
	close(release)
	for range cap(answers) {
		require.ErrorIs(t, <-answers, account.ErrCredentialsInvalid)
	}
}

// withLimiters runs test with each limiter.
func withLimiters(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, newBench(t, testkit.SQLite(t), func(*account.Deps) {}))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		client, prefix := testkit.Redis(t)
		t.Cleanup(func() {
			keys, err := client.Keys(context.Background(), prefix+"*").Result()
			require.NoError(t, err)
			require.NotEmpty(t, keys, "the limiter on Redis was used")
			require.NoError(t, client.Del(context.Background(), keys...).Err())
		})
		test(t, newBench(t, testkit.Postgres(t), func(deps *account.Deps) {
			deps.Limiter = cache.NewRedisLimiter(client, prefix, deps.Logger)
		}))
	})
}

func TestSignInIsThrottledPerAccountAndAddress(t *testing.T) {
	t.Parallel()
	withLimiters(t, func(t *testing.T, b *bench) {
		b.signUp(t, "owner@moa.example", user.RoleUSER)
		attacker := viewer.WithAddress(t.Context(), "203.0.113.7")
		for _, email := range []string{"owner@moa.example", "nobody@moa.example"} {
			for range 10 {
				_, err := b.signIn(attacker, email, otherPassword)
				require.ErrorIs(t, err, account.ErrCredentialsInvalid)
			}
			before := b.hashes.Load()
			_, err := b.signIn(attacker, email, goodPassword)
			require.ErrorIs(t, err, account.ErrSignInThrottled, "also with the right password, also for nobody")
			require.InDelta(t, 90*time.Second, fault.From(err).RetryAfter, float64(10*time.Second))
			require.Equal(t, before, b.hashes.Load(), "a refused attempt costs nothing")
		}
		_, err := b.signIn(viewer.WithAddress(t.Context(), "198.51.100.1"), "owner@moa.example", goodPassword)
		require.NoError(t, err, "the owner comes from elsewhere and is not locked out")
	})
}

func TestSignInIsThrottledPerAccountFromEverywhere(t *testing.T) {
	t.Parallel()
	withLimiters(t, func(t *testing.T, b *bench) {
		for i := range 100 {
			_, err := b.signIn(viewer.WithAddress(t.Context(), fmt.Sprintf("203.0.113.%d", i)), "owner@moa.example", otherPassword)
			require.ErrorIs(t, err, account.ErrCredentialsInvalid)
		}
		_, err := b.signIn(viewer.WithAddress(t.Context(), "198.51.100.1"), "Owner@moa.example", otherPassword)
		require.ErrorIs(t, err, account.ErrSignInThrottled)
	})
}

// Only attempts that fail are held against anybody: people sign in on many devices.
func TestGoodSignInsAreFree(t *testing.T) {
	t.Parallel()
	withLimiters(t, func(t *testing.T, b *bench) {
		b.signUp(t, "owner@moa.example", user.RoleUSER)
		here := viewer.WithAddress(t.Context(), "203.0.113.7")
		for range 9 {
			_, err := b.signIn(here, "owner@moa.example", otherPassword)
			require.ErrorIs(t, err, account.ErrCredentialsInvalid)
		}
		for range 30 {
			_, err := b.signIn(here, "owner@moa.example", goodPassword)
			require.NoError(t, err)
		}
		_, err := b.signIn(here, "owner@moa.example", otherPassword)
		require.ErrorIs(t, err, account.ErrCredentialsInvalid)
		_, err = b.signIn(here, "owner@moa.example", goodPassword)
		require.ErrorIs(t, err, account.ErrSignInThrottled, "ten have failed")
	})
}

func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), func(*account.Deps) {})
	for i := range 10 {
		_, err := b.signIn(viewer.WithAddress(t.Context(), fmt.Sprintf("2001:db8::%x", i)), "owner@moa.example", otherPassword)
		require.ErrorIs(t, err, account.ErrCredentialsInvalid)
	}
	_, err := b.signIn(viewer.WithAddress(t.Context(), "2001:db8:0:0:ffff::1"), "owner@moa.example", otherPassword)
	require.ErrorIs(t, err, account.ErrSignInThrottled)
	_, err = b.signIn(viewer.WithAddress(t.Context(), "2001:db8:0:1::1"), "owner@moa.example", otherPassword)
	require.ErrorIs(t, err, account.ErrCredentialsInvalid)
}

func TestOneAddressIsThrottled(t *testing.T) {
	t.Parallel()
	once := cache.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	b := newBench(t, testkit.SQLite(t), func(deps *account.Deps) {
		deps.Limits = account.DefaultLimits()
		deps.Limits.SignInAddress, deps.Limits.SignUpAddress, deps.Limits.RefreshAddress = once, once, once
	})
	here := viewer.WithAddress(t.Context(), "203.0.113.7")
	elsewhere := viewer.WithAddress(t.Context(), "203.0.113.8")
	for name, attempt := range map[string]struct {
		try  func(ctx context.Context, i int) error
		want error
	}{
		"sign-up": {func(ctx context.Context, i int) error {
			_, err := b.SignUp(ctx, account.SignUpInput{
				Email: fmt.Sprintf("a%d@moa.example", i), Password: goodPassword, Name: "이웃", Role: user.RoleUSER,
			})
			return err
		}, fault.RateLimited},
		"sign-in": {func(ctx context.Context, i int) error {
			_, err := b.signIn(ctx, fmt.Sprintf("b%d@moa.example", i), goodPassword)
			return err
		}, account.ErrSignInThrottled},
		"refresh": {func(ctx context.Context, _ int) error {
			_, err := b.refresh(ctx, new(string))
			return err
		}, fault.RateLimited},
	} {
		require.NotErrorIs(t, attempt.try(here, 0), attempt.want, name)
		err := attempt.try(here, 1)
		require.ErrorIs(t, err, attempt.want, name)
		require.Positive(t, fault.From(err).RetryAfter, name)
		require.NotErrorIs(t, attempt.try(elsewhere, 2), attempt.want, name)
	}
}
