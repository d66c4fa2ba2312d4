package counsel

import (
	"context"
	"log/slog"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/internal/platform/words"
)

// The events of sessions. Key and subject are the session's id; no payload holds a word of what was said.
const (
	// TopicChanged tells that the status of a session is another.
	TopicChanged = "counsel.session_changed"
	// TopicCrisis tells operators that a client speaks of self-harm.
	TopicCrisis = "counsel.crisis"
)

// Deps is what sessions stand on. All of it is needed unless a field says otherwise.
type Deps struct {
	DB      *db.DB
	Bus     bus.Bus
	Events  *event.Log
	Vault   *vault.Vault
	Words   *words.Book
	Limiter cache.Limiter
	// Model is the language model; nil for the offline counsellor alone.
	Model *llm.Client
	// NewGuest makes a guest and the token by which the guest is known again.
	NewGuest func(ctx context.Context) (id, token string, err error)
	// PublicURL is where the world sees this server: links to shared results begin so.
	PublicURL string
	// Budgets say how many tokens may be used a day. Defaults to [DefaultBudgets].
	Budgets Budgets
	// OfflinePace is how long the offline counsellor waits between two pieces; 0 for not at all.
	OfflinePace time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of failures, never of what was said. Defaults to no log.
	Logger *slog.Logger
	// OnReply is told of each reply that has come to its end, see [Spent]; nil for nobody.
	OnReply func(Spent)
	// OnDelete is told of each session that its client has deleted; nil for nobody.
	OnDelete func(ctx context.Context, sessionID string)
}

// Spent is what a reply has cost and how it ended.
type Spent struct {
	Provider         string
	PromptTokens     int
	CompletionTokens int
	// Outcome is the status of the message, in capitals.
	Outcome string
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Budgets == (Budgets{}) {
		d.Budgets = DefaultBudgets()
	}
	if d.OnReply == nil {
		d.OnReply = func(Spent) {}
	}
	if d.OnDelete == nil {
		d.OnDelete = func(context.Context, string) {}
	}
	return d
}

// Service is what can be done with sessions. Replies are written while [Service.Run] runs.
type Service struct {
	deps    Deps
	writer  *writer
	channel *channel
	offline speaker
	model   speaker // nil without a language model

	// Replies begin and end together: each in a transaction of its own would wait for the others, on the budget of
	// the service if nowhere else.
	beginnings group[*beginning]
	endings    group[*ending]
}

// New returns the service. It starts nothing.
func New(deps Deps) *Service {
	deps = deps.withDefaults()
	s := &Service{deps: deps, channel: newChannel(deps), offline: offlineSpeaker{pace: deps.OfflinePace}}
	if deps.Model != nil {
		s.model = modelSpeaker{model: deps.Model}
	}
	s.writer = newWriter(s, ulid.Make().String())
	s.beginnings.write, s.endings.write = s.writeBeginnings, s.writeEndings
	return s
}

// Run writes replies until ctx ends, also those of processes that have died. Replies that are being written
// then get a moment to become whole; what is left is kept and marked as interrupted. Call it once.
func (s *Service) Run(ctx context.Context) error {
	// What replies say goes out until the last of them has ended.
	carrying, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var carriers errgroup.Group
	carriers.Go(func() error { return s.channel.run(carrying) })
	s.writer.run(ctx)
	stop()
	return carriers.Wait()
}

// now returns the time as the database keeps it.
func (s *Service) now() time.Time { return db.Instant(s.deps.Now()) }
