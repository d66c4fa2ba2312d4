package server

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"time"

	"github.com/moa-bff/moa/internal/dataimport"
	"github.com/moa-bff/moa/internal/platform/config"
)

// importFile is `moa import`: safe to run again, at any time, on the same file.
func importFile(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	if err := parse(p, flags, 2); err != nil {
		return err
	}
	return withApp(ctx, cfg, logger, func(a *App) error {
		if err := a.checkSchema(ctx); err != nil {
			return err
		}
		report, err := dataimport.Run(ctx, a.db, flags.Arg(0), flags.Arg(1), dataimport.Options{Progress: p.Stderr})
		if len(report.Days) > 0 {
			err = errors.Join(err, a.coupons.AggregateUsage(ctx, report.Days[0], report.Days[len(report.Days)-1]))
		}
		if flags.Arg(0) == "orders" && report.Created+report.Updated > 0 {
			_, failed := a.dashboards.RollUp(ctx)
			err = errors.Join(err, failed)
		}
		if err != nil {
			return err
		}
		say(p, "%s: %d rows read, %d new, %d changed, %d as they were, %d rejected, in %s.\n", flags.Arg(0),
			report.Read, report.Created, report.Updated, report.Unchanged, report.Rejected, report.Duration.Round(time.Millisecond))
		if report.RejectsFile != "" {
			say(p, "The rejected rows are in %s, each with its reason.\n", report.RejectsFile)
		}
		return nil
	})
}
