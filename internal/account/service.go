package account

import (
	"log/slog"
	"time"

	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/throttle"
)

// The events of accounts. Key and subject are the user's id; no payload holds personal data.
const (
	TopicSignedUp    = "account.signed_up"
	TopicDeleted     = "account.deleted"
	TopicRoleChanged = "account.role_changed"
)

// Deps are what the service needs.
type Deps struct {
	DB     *db.DB
	Events *event.Log
	Media  *media.Service
	// Limiter counts attempts; share it among the replicas.
	Limiter cache.Limiter
	// Limits say how many attempts there may be. Defaults to [DefaultLimits].
	Limits Limits
	// TokenKey is the secret behind access tokens, 32 bytes or more, equal on every replica.
	TokenKey []byte
	// InsecureCookies lets cookies travel over plain HTTP, for development only.
	InsecureCookies bool
	// Hash says how dear a password hash is. Defaults to [DefaultHashCost].
	Hash HashCost
	// ObserveHash is told how long each password hash took to compute; nil for nobody.
	ObserveHash func(took time.Duration)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of reused tokens and of failures. Defaults to no log.
	Logger *slog.Logger
}

// Service knows the accounts.
type Service struct {
	db              *db.DB
	events          *event.Log
	media           *media.Service
	attempts        *throttle.Counter
	limits          Limits
	tokens          *signer
	hasher          *hasher
	revoked         *revocations
	insecureCookies bool
	now             func() time.Time
	logger          *slog.Logger
}

// New returns the service. It knows no ended sessions before [Service.Run].
func New(deps Deps) *Service {
	if deps.Limits == (Limits{}) {
		deps.Limits = DefaultLimits()
	}
	if deps.Hash == (HashCost{}) {
		deps.Hash = DefaultHashCost()
	}
	if deps.ObserveHash == nil {
		deps.ObserveHash = func(time.Duration) {}
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		db:              deps.DB,
		events:          deps.Events,
		media:           deps.Media,
		attempts:        throttle.New(deps.Limiter, "account", deps.Logger),
		limits:          deps.Limits,
		tokens:          newSigner(deps.TokenKey, deps.Now),
		hasher:          newHasher(deps.Hash, deps.ObserveHash),
		revoked:         newRevocations(),
		insecureCookies: deps.InsecureCookies,
		now:             deps.Now,
		logger:          deps.Logger,
	}
}
