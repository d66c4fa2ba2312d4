package server

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/config"
)

// demoPassword is the password of every demo account.
const demoPassword = demo.Password

// demoAccount is a demo account as GraphiQL and the terminal show it.
type demoAccount struct {
	Label    string `json:"label"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// demoAccounts returns the demo accounts, or none where they were not added.
func (a *App) demoAccounts(ctx context.Context) []demoAccount {
	there, err := demo.IsThere(ctx, a.db)
	if err != nil || !there {
		return nil
	}
	var accounts []demoAccount
	for _, d := range demo.Accounts() {
		accounts = append(accounts, demoAccount{Label: d.Label, Email: d.Email, Password: demo.Password})
	}
	return accounts
}

func (a *App) isEmpty(ctx context.Context) (bool, error) { return demo.IsEmpty(ctx, a.db) }

// seedDemo adds the demo neighbourhood and counts its past days.
func (a *App) seedDemo(ctx context.Context) error {
	a.logger.Info("adding the demo neighbourhood")
	now := time.Now()
	if err := demo.Fill(ctx, a.db, a.accounts.Add, now); err != nil {
		return err
	}
	today := calendar.DateOf(now)
	return a.coupons.AggregateUsage(ctx, today.Add(-15), today.Add(-1))
}

// seed is `moa seed`.
func seed(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	users := flags.Int("users", 0, "how many users to add for load tests")
	tokens := flags.String("tokens", "", "the file for their access tokens, one a line")
	if err := parse(p, flags, 0); err != nil {
		return err
	}
	if cfg.IsProduction() {
		return errors.New("demo data has no place in production")
	}
	if *users > 0 && *tokens == "" {
		return fmt.Errorf("-users needs -tokens FILE: %w", errUsage)
	}
	return withApp(ctx, cfg, logger, func(a *App) error {
		if err := a.checkSchema(ctx); err != nil {
			return err
		}
		if err := a.seedDemo(ctx); err != nil {
			return err
		}
		say(p, "The demo neighbourhood is there. Sign in as owner@moa.example, password %s.\n", demoPassword)
		if *users == 0 {
			return nil
		}
		return a.seedUsers(ctx, p, *users, *tokens)
	})
}

// seedUsers adds users for load tests and writes their tokens, which live as long as any access token.
func (a *App) seedUsers(ctx context.Context, p Process, n int, file string) (err error) {
	users, err := demo.AddUsers(ctx, a.db, n)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the tokens: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := bufio.NewWriter(out)
	for some := range slices.Chunk(users, 1_000) {
		tokens, err := a.accounts.Grant(ctx, some...)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, strings.Join(tokens, "\n")); err != nil {
			return fmt.Errorf("write the tokens: %w", err)
		}
	}
	say(p, "%d users have their tokens in %s.\n", n, file)
	return w.Flush()
}
