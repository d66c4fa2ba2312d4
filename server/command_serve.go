package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/memory"
)

func serve(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	if err := noArguments(p, "serve"); err != nil {
		return err
	}
	if limit := memory.Tune(p.Environ, os.DirFS("/")); limit > 0 {
		logger.Debug("garbage is collected less often", "memory limit", limit)
	}
	return withApp(ctx, cfg, logger, func(a *App) error {
		if err := a.Greet(ctx); err != nil {
			return err
		}
		return a.Serve(ctx, func(address string) { a.announce(ctx, p.Stdout, address) })
	})
}

// Greet fills an empty embedded database with the demo neighbourhood, except in production.
func (a *App) Greet(ctx context.Context) error {
	if a.config.IsProduction() || a.config.DatabaseURL != "" {
		return nil
	}
	empty, err := a.isEmpty(ctx)
	if err != nil || !empty {
		return err
	}
	return a.seedDemo(ctx)
}

// announce tells the person at the terminal what to open.
func (a *App) announce(ctx context.Context, w io.Writer, address string) {
	a.logger.Info("serving", "address", address, "env", a.config.Env)
	if a.config.IsProduction() {
		return
	}
	host := strings.Replace(strings.Replace(address, "[::]", "localhost", 1), "0.0.0.0", "localhost", 1)
	var b strings.Builder
	fmt.Fprintf(&b, "\n  Moa is ready.\n\n    GraphiQL   http://%s/\n    GraphQL    http://%s/graphql\n    health     http://%s/readyz\n\n", host, host, host)
	if accounts := a.demoAccounts(ctx); len(accounts) > 0 {
		b.WriteString("  Demo accounts (password " + demoPassword + "):\n")
		for _, d := range accounts {
			fmt.Fprintf(&b, "    %-22s %s\n", d.Email, d.Label)
		}
		b.WriteString("\n")
	}
	b.WriteString("  Stop with Ctrl-C.\n\n")
	_, _ = io.WriteString(w, b.String()) // a closed terminal is no reason to stop serving
}

func work(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	if err := noArguments(p, "work"); err != nil {
		return err
	}
	return withApp(ctx, cfg, logger, func(a *App) error { return a.Work(ctx) })
}

func migrate(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	if err := noArguments(p, "migrate"); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: cfg.DatabaseURL, File: cfg.DatabaseFile(), Logger: logger})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the command ends here
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	say(p, "The schema is up to date.\n")
	return nil
}

// withApp builds a Moa for the length of a command.
func withApp(ctx context.Context, cfg config.Config, logger *slog.Logger, use func(a *App) error) (err error) {
	a, err := New(ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() {
		if closing := a.Close(); err == nil {
			err = closing
		}
	}()
	err = use(a)
	a.tellReaders(ctx)
	return err
}
