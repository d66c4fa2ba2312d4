package account_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entevent "github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

const (
	goodPassword  = "참새 방앗간 17"
	otherPassword = "another fine secret"
	secret        = "a secret of these tests, long enough"
)

// cheap makes hashing fast; what it costs is no matter of these tests.
var cheap = account.HashCost{Memory: 64, Passes: 1, Threads: 1}

// bench is a replica of the service over a real database, with a clock of its own.
type bench struct {
	*account.Service
	db     *db.DB
	media  *media.Service
	hashes atomic.Int64
	// hashed is called after each hash when it is set.
	hashed func()
	ahead  atomic.Int64
	deps   account.Deps
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(t, newBench(t, d, func(*account.Deps) {})) })
}

func newBench(t *testing.T, d *db.DB, adjust func(*account.Deps)) *bench {
	t.Helper()
	b := &bench{db: d}
	bucket, err := media.OpenBucket(t.Context(), (&url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "uploads")}).String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	b.media = media.New(media.Deps{DB: d, Bucket: bucket, SigningKey: []byte(secret), Now: b.now})
	b.deps = account.Deps{
		DB: d, Events: event.NewLog(d, testkit.Bus(t), event.Options{}), Media: b.media,
		Limiter: cache.NewMemoryLimiter(1000), TokenKey: []byte(secret), Hash: cheap, Now: b.now,
		ObserveHash: func(time.Duration) {
			b.hashes.Add(1)
			if b.hashed != nil {
				b.hashed()
			}
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	adjust(&b.deps)
	b.Service = account.New(b.deps)
	return b
}

func (b *bench) now() time.Time          { return time.Now().Add(time.Duration(b.ahead.Load())) }
func (b *bench) advance(d time.Duration) { b.ahead.Add(int64(d)) }

// signUp makes an account of the address with goodPassword.
func (b *bench) signUp(t *testing.T, email string, role user.Role) *account.Session {
	t.Helper()
	s, err := b.SignUp(t.Context(), account.SignUpInput{Email: email, Password: goodPassword, Name: "이웃", Role: role})
	require.NoError(t, err)
	return s
}

func (b *bench) signIn(ctx context.Context, email, password string) (*account.Session, error) {
	return b.SignIn(ctx, account.SignInInput{Email: email, Password: password})
}

func (b *bench) refresh(ctx context.Context, token *string) (*account.Session, error) {
	return b.RefreshSession(ctx, account.RefreshSessionInput{RefreshToken: token})
}

// as returns a context in which the session's viewer is asking, the way a request comes in.
func (b *bench) as(t *testing.T, s *account.Session) context.Context {
	t.Helper()
	v, err := b.Authenticate(t.Context(), *s.AccessToken)
	require.NoError(t, err)
	return viewer.With(t.Context(), v)
}

// requireEnded wants that neither token of the session is good for anything.
func (b *bench) requireEnded(t *testing.T, s *account.Session) {
	t.Helper()
	_, err := b.Authenticate(t.Context(), *s.AccessToken)
	require.ErrorIs(t, err, fault.Unauthenticated)
	_, err = b.refresh(t.Context(), s.RefreshToken)
	require.ErrorIs(t, err, account.ErrRefreshTokenInvalid)
}

// requireAlive wants that the access token of the session is good.
func (b *bench) requireAlive(t *testing.T, s *account.Session) {
	t.Helper()
	_, err := b.Authenticate(t.Context(), *s.AccessToken)
	require.NoError(t, err)
}

// row returns the user as the rows have it.
func (b *bench) row(t *testing.T, id string) *ent.User {
	t.Helper()
	u, err := b.db.Read().User.Get(t.Context(), id)
	require.NoError(t, err)
	return u
}

// payloads returns what the events of a topic about a subject say.
func (b *bench) payloads(t *testing.T, topic, subject string) []map[string]any {
	t.Helper()
	rows, err := b.db.Read().Event.Query().Where(entevent.Topic(topic), entevent.Subject(subject)).All(t.Context())
	require.NoError(t, err)
	payloads := make([]map[string]any, len(rows))
	for i, row := range rows {
		require.Equal(t, subject, row.Key)
		require.NoError(t, json.Unmarshal(row.Payload, &payloads[i]))
	}
	return payloads
}

// requireFault wants a business fault at a field.
func requireFault(t *testing.T, err error, want *fault.Error, field string) {
	t.Helper()
	require.ErrorIs(t, err, want)
	require.Equal(t, []string{field}, fault.From(err).Field)
}
