package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/obs"
	"github.com/moa-bff/moa/server/transport"
)

// The shares of the 20 seconds that a shutdown may take.
const (
	patience      = 19 * time.Second
	streamsEnd    = 3 * time.Second
	requestsEnd   = 8 * time.Second
	balancerGrace = 200 * time.Millisecond
)

const (
	// sessionsTick is how often a starting replica looks whether it knows the ended sessions.
	sessionsTick = 5 * time.Millisecond
	// redisProbe bounds the look at Redis: it is not needed, so it must not make /readyz slow.
	redisProbe = 300 * time.Millisecond
)

// Serve answers requests and runs jobs until ctx ends; then live streams are told to come back,
// requests, claims and jobs finish, and waiting events go out. ready is called with the address once
// requests are answered; nil for nobody.
func (a *App) Serve(ctx context.Context, ready func(address string)) error {
	if err := a.checkGround(ctx); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.Addr)
	if err != nil {
		return fmt.Errorf("MOA_ADDR: %w", err)
	}
	stages := append(a.background(), stage{"http", func(ctx context.Context) error {
		return a.listen(ctx, listener, ready)
	}})
	return runStages(ctx, a.logger, patience, stages)
}

// Work runs jobs and relays events until ctx ends, and answers no requests.
func (a *App) Work(ctx context.Context) error {
	if err := a.checkGround(ctx); err != nil {
		return err
	}
	return runStages(ctx, a.logger, patience, a.background())
}

// background returns what runs behind the requests, in the order in which one stands on another.
func (a *App) background() []stage {
	stages := []stage{
		{"bus", a.bus.Run},
		{"events", a.events.Run},
		{"vault", a.vault.Run},
		{"queue", a.queue.Run},
		{"accounts", a.accounts.Run},
		{"coupons", a.coupons.Run},
		{"counsel", a.counsel.Run},
		{"dashboards", a.dashboards.Run},
		{"rooms", a.rooms.Run},
	}
	if a.turns != nil {
		stages = slices.Insert(stages, 0, stage{"turns", a.turns.Run})
	}
	if a.link != nil { // it tells others of every change, so it ends after whoever makes one
		stages = slices.Insert(stages, 0, stage{"reads", a.link.Run})
	}
	return stages
}

// checkGround refuses to start on rows that this process cannot work with.
func (a *App) checkGround(ctx context.Context) error {
	if err := a.checkSchema(ctx); err != nil {
		return err
	}
	return a.unlockVault(ctx)
}

func (a *App) checkSchema(ctx context.Context) error {
	_, err := a.db.CheckSchema(ctx)
	if err != nil && !errors.Is(err, db.ErrSchemaBehind) {
		return fmt.Errorf("MOA_DATABASE_URL: %w", err)
	}
	return err
}

// listen answers requests until ctx ends, then lets the open ones finish.
func (a *App) listen(ctx context.Context, listener net.Listener, ready func(address string)) error {
	if err := a.awaitSessions(ctx); err != nil {
		return err
	}
	server := a.newHTTPServer(a.handler)
	quiet := newSilent()
	server.ConnState = quiet.watch
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if ready != nil {
		ready(listener.Addr().String())
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return a.stopListening(context.WithoutCancel(ctx), server, quiet)
}

// awaitSessions waits until this replica knows which sessions have ended: before, their tokens would pass.
func (a *App) awaitSessions(ctx context.Context) error {
	tick := time.NewTicker(sessionsTick)
	defer tick.Stop()
	for {
		if _, err := a.accounts.Check(ctx); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// stopListening ends the streams first: an open event stream would hold up the server for ever.
func (a *App) stopListening(ctx context.Context, server *http.Server, quiet *silent) error {
	a.health.SetDraining()
	// A balancer that polls /readyz gets a moment to look elsewhere.
	time.Sleep(balancerGrace)
	draining, cancel := context.WithTimeout(ctx, streamsEnd)
	defer cancel()
	drained := a.sessions.Drain(draining)
	quiet.close()
	finishing, cancel := context.WithTimeout(ctx, requestsEnd)
	defer cancel()
	return errors.Join(drained, server.Shutdown(finishing))
}

// observeStreams counts subscribers and deliveries for the metrics.
func (a *App) observeStreams() transport.Observer {
	return transport.Observer{
		Subscribers: a.metrics.LiveSubscribers,
		Delivered:   a.metrics.LiveDeliveries,
	}
}

// checks are what /readyz looks at, each by its name.
func (a *App) checks() []obs.Check {
	off := func(context.Context) (string, error) { return "", obs.ErrOff }
	checks := []obs.Check{
		{Name: "database", Required: true, Probe: a.db.Check},
		{Name: "writes", Probe: a.db.CheckWrites},
		{Name: "migrations", Required: true, Probe: a.db.CheckSchema},
		{Name: "sessions", Required: true, Probe: a.accounts.Check},
		{Name: "vault", Probe: a.vault.Check},
		{Name: "redis", Probe: off},
		{Name: "llm", Probe: a.checkLLM},
		{Name: "mail", Probe: off},
		{Name: "push", Probe: off},
		{Name: "slack", Probe: off},
		{Name: "kakaopay", Probe: off},
		{Name: "trino", Probe: a.checkTrino},
		{Name: "ga4", Probe: a.checkGA4},
	}
	if a.redis != nil {
		checks[5].Probe = func(ctx context.Context) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, redisProbe)
			defer cancel()
			return "reachable", a.bus.Check(ctx)
		}
	}
	return checks
}
