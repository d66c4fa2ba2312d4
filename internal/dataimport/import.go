// Package dataimport brings rows from CSV files into the database: `moa import`. A row is known by its
// external id, so that importing a file again changes nothing, and importing it after an interruption
// completes it. What cannot be imported is written to a file of rejects with the reason.
//
// Imported rows are history: no event tells of them, and no job follows them.
package dataimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// Options tune an import.
type Options struct {
	// Progress is where a progress bar is drawn; nil for none.
	Progress io.Writer
	// BatchSize is how many rows share a transaction. Defaults to 2,000, which is also the most:
	// SQLite takes 32,766 values a statement.
	BatchSize int
	// Now is the clock. Defaults to [time.Now].
	Now func() time.Time
}

const maxBatch = 2000

func (o Options) withDefaults() Options {
	if o.BatchSize <= 0 || o.BatchSize > maxBatch {
		o.BatchSize = maxBatch
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Report says what became of the rows of a file.
type Report struct {
	// Read is the sum of the four below.
	Read int
	// Created rows are new in the database.
	Created int
	// Updated rows were there, and differed.
	Updated int
	// Unchanged rows were there.
	Unchanged int
	// Rejected rows are in RejectsFile, with the reason.
	Rejected int
	// RejectsFile is the path of the rejects; empty when there are none.
	RejectsFile string
	// Days are the days in Asia/Seoul whose claims changed, in order: their usage is to be counted
	// again.
	Days []calendar.Date
	// Duration is how long the import took.
	Duration time.Duration
}

// Run imports the file at path, plain or gzip, as rows of the kind: see [Kinds]. It returns an error
// when the file cannot be read, when columns are missing, when the database goes away or when ctx
// ends; the report then tells how far it came, and another run completes it.
func Run(ctx context.Context, d *db.DB, kindName, path string, opts Options) (Report, error) {
	opts = opts.withDefaults()
	started := opts.Now()
	k, err := kindOf(kindName)
	if err != nil {
		return Report{}, err
	}
	in, err := open(path, k.columns)
	if err != nil {
		return Report{}, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	im := &importer{
		Options: opts, db: d, kind: k, in: in, days: map[calendar.Date]bool{},
		rejects: rejects{path: path + ".rejected.csv", header: in.header},
		bar:     newBar(opts.Progress, kindName, in.size, started),
	}
	err = im.run(ctx)
	if closing := im.rejects.close(err == nil); err == nil {
		err = closing
	}
	im.bar.finish()
	im.report.RejectsFile = im.rejects.name()
	im.report.Days = sorted(im.days)
	im.report.Duration = opts.Now().Sub(started)
	if err != nil {
		return im.report, fmt.Errorf("import %s from %s: %w", kindName, path, err)
	}
	return im.report, nil
}

// importer is one run.
type importer struct {
	Options

	db      *db.DB
	kind    kind
	in      *input
	rejects rejects
	bar     *bar
	report  Report
	days    map[calendar.Date]bool
}

func (im *importer) run(ctx context.Context) error {
	for {
		rows, broken, err := im.in.next(im.BatchSize)
		if err != nil {
			return err
		}
		if len(rows)+len(broken) == 0 {
			break
		}
		if err := im.write(ctx, rows); err != nil {
			return err
		}
		if err := im.reject(broken); err != nil {
			return err
		}
		im.bar.show(im.in.position(), im.report.Read, im.Now())
	}
	return im.analyze(ctx)
}

// write commits rows in one transaction. When the database refuses them, each is tried alone, so that
// a single bad row does not take the others along.
func (im *importer) write(ctx context.Context, rows []row) error {
	var b *batch
	err := im.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		b = &batch{tx: tx, now: im.Now(), days: map[calendar.Date]bool{}, months: map[int]bool{}}
		if err := b.write(ctx, im.kind, rows); err != nil || b.created+b.updated == 0 {
			return err
		}
		tx.Touch(reads.Everything)
		return nil
	})
	switch {
	case err == nil:
		return im.count(b)
	case ctx.Err() != nil || db.IsAway(err):
		return errors.Join(err, ctx.Err())
	case len(rows) == 1:
		return im.reject([]rejected{{rows[0], "the database refused it: " + err.Error()}})
	}
	for _, r := range rows {
		if err := im.write(ctx, []row{r}); err != nil {
			return err
		}
	}
	return nil
}

// count adds a committed batch to the report.
func (im *importer) count(b *batch) error {
	im.report.Read += b.created + b.updated + b.unchanged
	im.report.Created += b.created
	im.report.Updated += b.updated
	im.report.Unchanged += b.unchanged
	for day := range b.days {
		im.days[day] = true
	}
	return im.reject(b.rejected)
}

func (im *importer) reject(rows []rejected) error {
	im.report.Read += len(rows)
	im.report.Rejected += len(rows)
	return im.rejects.write(rows)
}

// analyze gives PostgreSQL's planner fresh numbers after many changes, instead of some minutes later.
func (im *importer) analyze(ctx context.Context) error {
	if !im.db.IsPostgres() || im.report.Created+im.report.Updated == 0 {
		return nil
	}
	return im.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, table := range im.kind.tables {
			if _, err := tx.ExecContext(ctx, "ANALYZE "+table); err != nil {
				return fmt.Errorf("analyze %s: %w", table, err)
			}
		}
		return nil
	})
}
