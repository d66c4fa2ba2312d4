// Package server is who calls us and how everything is plugged together: the composition root, the
// front door, and the command line.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/integration"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/obs"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/internal/store"
	"github.com/moa-bff/moa/loaders"
	"github.com/moa-bff/moa/resolvers"
	"github.com/moa-bff/moa/server/transport"
)

// App is a whole Moa: built by [New], alive during [App.Serve] or [App.Work], gone after [App.Close].
type App struct {
	config  config.Config
	logger  *slog.Logger
	metrics *obs.Metrics
	health  *obs.Health
	closers []func() error

	ledger  *reads.Ledger
	link    *reads.Link // nil without Redis
	db      *db.DB
	redis   redis.UniversalClient // nil without Redis
	bus     bus.Bus
	cache   cache.Cache
	limiter cache.Limiter
	turns   *cache.Turns // nil without Redis
	events  *event.Log
	queue   *queue.Queue
	words   *words.Book
	media   *media.Service
	vault   *vault.Vault

	llm      *llm.Client // nil without a language model
	accounts *account.Service
	counsel  *counsel.Service
	rooms    *room.Service
	stores   *store.Service
	coupons  *coupon.Service

	dashboards *dashboard.Service

	trino        *trino.Client // nil without a data warehouse
	ga4          *ga4.Client   // nil where analytics are not asked
	integrations *integration.Service

	identity identity
	origins  origins
	sessions *transport.Sessions
	handler  http.Handler
}

// New opens the stores and plugs everything together. It starts nothing. The embedded database is
// brought up to date; a PostgreSQL schema is left as it is, see [db.DB.CheckSchema].
func New(ctx context.Context, cfg config.Config, logger *slog.Logger) (*App, error) {
	a := &App{config: cfg, logger: logger, metrics: obs.NewMetrics(prometheus.NewRegistry())}
	for _, build := range []func(ctx context.Context) error{
		a.openStores, a.buildPlatform, a.buildSubjects, a.buildFrontDoor,
	} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// openStores connects to the database and, when there is one, to Redis.
func (a *App) openStores(ctx context.Context) error {
	a.ledger = reads.NewLedger()
	if a.config.RedisURL != "" {
		a.ledger = reads.NewSharedLedger()
	}
	var err error
	a.db, err = db.Open(ctx, db.Options{
		URL:      a.config.DatabaseURL,
		File:     a.config.DatabaseFile(),
		MaxConns: a.config.DatabaseConns,
		Logger:   a.logger,
		Observe:  a.metrics.DBQuery,
		Touched:  a.ledger.Drop,
	})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	if !a.db.IsPostgres() {
		if err := a.db.Migrate(ctx); err != nil {
			return err
		}
	}
	if a.config.RedisURL == "" {
		return nil
	}
	redis.SetLogger(redisLog{a.logger}) // the client knows one logger for the process
	if a.redis, err = openRedis(a.config.RedisURL); err != nil {
		return err
	}
	a.closers = append(a.closers, a.redis.Close)
	a.link = reads.NewLink(a.ledger, a.redis, redisPrefix+"reads:"+redisDatabase(a.redis), a.logger)
	return nil
}

// buildPlatform makes what the subjects stand on, in this process alone or shared through Redis.
func (a *App) buildPlatform(ctx context.Context) error {
	live := bus.Options{History: a.config.Live.History, HistoryAge: a.config.Live.Age, Logger: a.logger}
	if a.redis == nil {
		a.bus, a.cache, a.limiter = bus.NewMemory(live), cache.NewMemory(cacheBytes), cache.NewMemoryLimiter(limiterKeys)
	} else {
		a.bus = bus.NewRedis(a.redis, live)
		a.cache = cache.NewRedis(a.redis, redisPrefix+"cache:")
		a.limiter = cache.NewRedisLimiter(a.redis, redisPrefix+"limit:", a.logger)
		a.turns = cache.NewTurns(a.redis, redisPrefix+"turn:"+redisDatabase(a.redis)+":", dashboard.TurnLease)
	}
	a.events = event.NewLog(a.db, a.bus, event.Options{Logger: a.logger, Unpublished: a.metrics.EventsUnpublished})
	var err error
	if a.queue, err = queue.New(a.db, queue.Options{Workers: a.config.Workers, Logger: a.logger, Observe: a.metrics.Job}); err != nil {
		return err
	}
	if a.words, err = words.New(); err != nil {
		return fmt.Errorf("read the catalogues: %w", err)
	}
	key, err := a.config.Key()
	if err != nil {
		return err
	}
	bucket, err := media.OpenBucket(ctx, a.config.BucketURL())
	if err != nil {
		return err
	}
	a.closers = append(a.closers, bucket.Close)
	a.media = media.New(media.Deps{Bucket: bucket, BaseURL: a.config.Media.BaseURL, SigningKey: key, DB: a.db, Logger: a.logger, UploadURL: uploadURL(a.config.PublicURL)})
	return a.openVault(ctx)
}

// uploadURL returns where clients send files, seen from outside.
func uploadURL(publicURL string) string { return strings.TrimRight(publicURL, "/") + "/uploads/" }

// buildSubjects makes the subjects and tells the queue of their jobs.
func (a *App) buildSubjects(context.Context) error {
	key, err := a.config.Key()
	if err != nil {
		return err
	}
	a.accounts = account.New(account.Deps{
		DB: a.db, Events: a.events, Media: a.media, Limiter: a.limiter,
		TokenKey: key, InsecureCookies: !a.config.IsProduction(), Logger: a.logger,
	})
	a.stores = store.New(store.Deps{DB: a.db, Events: a.events, Media: a.media})
	if err := a.buildCounsel(); err != nil { // and the language model, which coupons ask too
		return err
	}
	a.coupons = coupon.New(coupon.Deps{
		DB: a.db, Bus: a.bus, Events: a.events, Queue: a.queue, Gate: a.gate(), Cache: a.cache, Words: a.words,
		Model: a.llm, Limiter: a.limiter,
		Logger: a.logger, OnClaim: a.metrics.Claim, OnBatch: a.metrics.ClaimBatch,
		StoreNotFound: store.ErrNotFound, StoreNotOwner: store.ErrNotOwner,
	})
	if err := a.buildSources(); err != nil {
		return err
	}
	a.dashboards = dashboard.New(dashboard.Deps{
		DB: a.db, Bus: a.bus, Events: a.events, Queue: a.queue, Ledger: a.ledger, Words: a.words, Logger: a.logger,
		Shared: a.sharedAnswers("analysis:"), Turns: a.turns,
		Warehouse: a.warehouse(), Analytics: a.analytics(),
		OnCompute: a.observeComputation, OnShared: a.metrics.DashboardShared, OnWait: a.metrics.DashboardWaiting,
		SigningKey: key, ExportURL: exportURL(a.config.PublicURL),
	})
	a.accounts.RegisterJobs(a.queue)
	a.coupons.RegisterJobs()
	a.dashboards.RegisterJobs()
	return nil
}

// exportURL returns where clients find downloads, seen from outside.
func exportURL(publicURL string) string { return strings.TrimRight(publicURL, "/") + "/export/" }

func (a *App) gate() coupon.Gate {
	if a.redis == nil {
		return coupon.NewMemoryGate(coupon.GateOptions{})
	}
	return coupon.NewRedisGate(a.redis, redisPrefix+"gate:", coupon.GateOptions{})
}

// buildFrontDoor makes the endpoint and everything beside it.
func (a *App) buildFrontDoor(context.Context) error {
	a.identity = identity{accounts: a.accounts, words: a.words, proxies: a.config.TrustedProxies}
	a.origins = newOrigins(a.config.PublicURL, a.config.AllowedOrigins)
	a.sessions = transport.NewSessions(a.observeStreams(), transport.Crowd{Max: a.config.Limits.Streams, Client: a.identity.crowd})
	a.health = obs.NewHealth(a.logger, a.checks()...)
	graphql, err := frontDoor{
		config: a.config,
		resolver: resolvers.New(resolvers.Subjects{
			Accounts: a.accounts, Counsel: a.counsel, Coupons: a.coupons, Dashboards: a.dashboards, Events: a.events,
			Integrations: a.integrations, Media: a.media, Queue: a.queue, Rooms: a.rooms, Stores: a.stores, Words: a.words,
		}),
		sources:  loaders.Sources{Accounts: a.accounts, Stores: a.stores, Coupons: a.coupons, Counsel: a.counsel, Rooms: a.rooms},
		identity: a.identity,
		origins:  a.origins,
		present:  presenter{words: a.words, logger: a.logger},
		metrics:  a.metrics,
		sessions: a.sessions,
		ledger:   a.ledger,
		shared:   a.sharedAnswers("answer:"),
	}.handler()
	if err != nil {
		return err
	}
	a.handler = a.routes(graphql)
	return nil
}

// tellReaders tells running processes what a command has changed, before it ends.
func (a *App) tellReaders(ctx context.Context) {
	if a.link != nil {
		a.link.Tell(context.WithoutCancel(ctx))
	}
}

// sharedAnswers returns where processes leave answers of a sort for each other; nil without Redis.
func (a *App) sharedAnswers(sort string) cache.Cache {
	if a.redis == nil {
		return nil
	}
	return cache.NewRedis(a.redis, redisPrefix+sort)
}

// Close closes the stores, the last opened first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	return errors.Join(errs...)
}
