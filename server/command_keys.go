package server

import (
	"context"
	"flag"
	"fmt"
	"log/slog"

	"github.com/moa-bff/moa/internal/platform/config"
)

// rotateKeys is `moa keys rotate`: while Moa runs, at any time and again.
func rotateKeys(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	if len(p.Args) == 0 || p.Args[0] != "rotate" {
		return fmt.Errorf("keys knows only rotate: %w", errUsage)
	}
	p.Args = p.Args[1:]
	flags := flag.NewFlagSet("keys rotate", flag.ContinueOnError)
	reseal := flags.Bool("reseal", false, "also encrypt anew what older data keys have encrypted")
	if err := parse(p, flags, 0); err != nil {
		return err
	}
	return withApp(ctx, cfg, logger, func(a *App) error {
		if err := a.checkSchema(ctx); err != nil {
			return err
		}
		done, err := a.vault.Rotate(ctx)
		if err != nil {
			return fmt.Errorf("rotate the keys: %w", err)
		}
		say(p, "The data key %s encrypts from now on; running processes follow within a minute.\n", done.DataKey)
		say(p, "%s wraps it now, and %d older data keys with it: no other key is needed any more.\n", done.Keeper, done.Wrapped)
		if !*reseal {
			return nil
		}
		resealed, err := a.vault.Reseal(ctx)
		for _, r := range resealed {
			say(p, "%d %s are encrypted anew.\n", r.Changed, r.Name)
		}
		return err
	})
}
