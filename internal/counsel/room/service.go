package room

import (
	"log/slog"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/throttle"
)

// Deps is what rooms stand on. All of it is needed unless a field says otherwise.
type Deps struct {
	DB      *db.DB
	Bus     bus.Bus
	Events  *event.Log
	Limiter cache.Limiter
	// ICE says which servers help peers to find each other; the zero value is none, which suffices between
	// networks that reach each other.
	ICE ICE
	// Limits bound what one person can try. Defaults to [DefaultLimits].
	Limits Limits
	// Timing says how long hosts may be away. Defaults to [DefaultTiming].
	Timing Timing
	// PasswordCost is the cost of bcrypt. Defaults to bcrypt.DefaultCost.
	PasswordCost int
	// NewCode makes the code of a room. Defaults to random ones.
	NewCode func() string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of failures, never of signals: they tell network addresses. Defaults to no log.
	Logger *slog.Logger
}

// Timing says how long things last in a room.
type Timing struct {
	// Grace is how long a host's log may be closed before the room closes.
	Grace time.Duration
	// Renew is how often an open log of the host's says that the host is there. Less than Grace.
	Renew time.Duration
	// Sweep is how often [Service.Run] looks for rooms whose host is gone.
	Sweep time.Duration
	// Life is how long a room lasts at most, whoever is there.
	Life time.Duration
	// Desk is how long changes of a desk are gathered before they are shown.
	Desk time.Duration
}

// DefaultTiming returns what suits people: a page can be loaded anew, and nobody talks for twelve hours.
func DefaultTiming() Timing {
	return Timing{
		Grace: 30 * time.Second, Renew: 10 * time.Second, Sweep: 5 * time.Second,
		Life: 12 * time.Hour, Desk: 200 * time.Millisecond,
	}
}

func (d Deps) withDefaults() Deps {
	if d.Limits == (Limits{}) {
		d.Limits = DefaultLimits()
	}
	if d.Timing == (Timing{}) {
		d.Timing = DefaultTiming()
	}
	if d.ICE.TTL == 0 {
		d.ICE.TTL = defaultTTL
	}
	if d.PasswordCost == 0 {
		d.PasswordCost = bcrypt.DefaultCost
	}
	if d.NewCode == nil {
		d.NewCode = newCode
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}

// Service is what can be done with rooms. Rooms whose host is gone close while [Service.Run] runs.
type Service struct {
	deps      Deps
	attempts  *throttle.Counter
	passwords passwords
}

// New returns the service. It starts nothing.
func New(deps Deps) *Service {
	deps = deps.withDefaults()
	return &Service{
		deps: deps, attempts: throttle.New(deps.Limiter, "room", deps.Logger), passwords: newPasswords(deps.PasswordCost),
	}
}

// now returns the time as the database keeps it.
func (s *Service) now() time.Time { return db.Instant(s.deps.Now()) }
