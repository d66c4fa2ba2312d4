// Package queue is background work: River behind a small face, on SQLite and on PostgreSQL.
// A job joins the transaction of the change that asks for it, and runs at least once.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/moa-bff/moa/internal/platform/db"
)

// Args are the arguments of a job: a struct that JSON can carry. Kind names the work, in two
// characters or more.
type Args = river.JobArgs

// Insert is a job to be inserted.
type Insert struct {
	// Args say what to do.
	Args Args
	// At is when to do it; zero for now.
	At time.Time
}

// Options tune the queue.
type Options struct {
	// Workers is how many jobs run side by side in this process. Defaults to 50.
	Workers int
	// PollInterval is how often the queue looks for due jobs, and so the precision of At.
	// Defaults to 500 ms.
	PollInterval time.Duration
	// Logger hears of failures. Defaults to no log.
	Logger *slog.Logger
	// Observe is called with the outcome of each run, "ok", "failed" or "discarded"; nil for nobody.
	Observe func(kind, outcome string)
}

// Queue takes and runs jobs. Register the handlers with [Handle] and [Queue.Every] before [Queue.Run].
type Queue struct {
	backend  backend
	config   *river.Config
	observe  func(kind, outcome string)
	logger   *slog.Logger
	shutdown time.Duration
}

// backend is River's client without its transaction type, which differs between the databases.
type backend interface {
	insert(ctx context.Context, tx *db.Tx, jobs []river.InsertManyParams) error
	list(ctx context.Context, params *river.JobListParams) ([]*rivertype.JobRow, error)
	get(ctx context.Context, id int64) (*rivertype.JobRow, error)
	retry(ctx context.Context, id int64) (*rivertype.JobRow, error)
	// worker builds a client of config that works and returns it.
	worker(config *river.Config) (runner, error)
}

// runner is what starts and stops work.
type runner interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// New returns a queue over the database. It runs nothing before [Queue.Run].
func New(d *db.DB, opts Options) (*Queue, error) {
	if opts.Workers == 0 {
		opts.Workers = 50
	}
	if opts.PollInterval == 0 {
		opts.PollInterval = 500 * time.Millisecond
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Observe == nil {
		opts.Observe = func(string, string) {}
	}
	q := &Queue{observe: opts.Observe, logger: opts.Logger, shutdown: 10 * time.Second}
	q.config = &river.Config{
		FetchPollInterval: opts.PollInterval,
		Logger:            slog.New(quiet{opts.Logger.With("component", "river").Handler()}),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: opts.Workers}},
		Workers:           river.NewWorkers(),
		ErrorHandler:      outcomes{q},
	}
	var err error
	if d.IsPostgres() {
		q.backend, err = newPostgres(riverpgxv5.New(d.Pool()))
	} else {
		q.backend, err = newSQLite(riversqlite.New(d.Writer()))
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	return q, nil
}

// Insert adds jobs to the transaction, in one statement where the database can.
func (q *Queue) Insert(ctx context.Context, tx *db.Tx, jobs ...Insert) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i] = river.InsertManyParams{Args: job.Args, InsertOpts: &river.InsertOpts{ScheduledAt: job.At}}
	}
	if err := q.backend.insert(ctx, tx, params); err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(jobs), err)
	}
	return nil
}

// Handle registers what to do with the jobs of T's kind. The handler may run again after an error,
// a crash or a lost answer: it must be idempotent. An error is tried again, ever later.
func Handle[T Args](q *Queue, handle func(ctx context.Context, args T) error) {
	river.AddWorker(q.config.Workers, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error {
		err := handle(context.WithValue(ctx, insideJob{}, true), job.Args)
		if err == nil {
			q.observe(job.Kind, "ok")
		}
		return err
	}))
}

// Every asks for a job at each instant that next returns for the one before, on one replica of all.
// With atStart it also runs once when the queue starts.
func (q *Queue) Every(next func(time.Time) time.Time, atStart bool, args Args) {
	q.config.PeriodicJobs = append(q.config.PeriodicJobs, river.NewPeriodicJob(
		schedule(next),
		func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{RunOnStart: atStart},
	))
}

// schedule adapts a function to River's schedule.
type schedule func(time.Time) time.Time

// Next implements [river.PeriodicSchedule].
func (s schedule) Next(t time.Time) time.Time { return s(t) }

// ErrNoJob says that something that belongs to a job was asked for outside of one.
var ErrNoJob = errors.New("not inside a job")

type insideJob struct{}

// Report keeps a word about the progress of the running job, for operators to see when it is done.
// Outside a job it returns [ErrNoJob].
func Report(ctx context.Context, progress any) error {
	if ctx.Value(insideJob{}) == nil {
		return ErrNoJob
	}
	return river.RecordOutput(ctx, progress)
}

// Run works until ctx ends; then it lets running jobs finish for ten seconds, and cancels the rest,
// which another run takes up.
func (q *Queue) Run(ctx context.Context) error {
	worker, err := q.backend.worker(q.config)
	if err != nil {
		return fmt.Errorf("prepare the workers: %w", err)
	}
	if err := worker.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the workers: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.shutdown)
	defer cancel()
	err = worker.Stop(stopping)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cancelling, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return worker.StopAndCancel(cancelling)
}

// outcomes tells of jobs that failed.
type outcomes struct{ queue *Queue }

// HandleError implements [river.ErrorHandler].
func (o outcomes) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	outcome := "failed"
	if job.Attempt >= job.MaxAttempts {
		outcome = "discarded"
	}
	o.queue.observe(job.Kind, outcome)
	o.queue.logger.ErrorContext(ctx, "job failed", "job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "outcome", outcome, "error", err)
	return nil
}

// HandlePanic implements [river.ErrorHandler].
func (o outcomes) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	o.queue.observe(job.Kind, "failed")
	o.queue.logger.ErrorContext(ctx, "job panicked", "job", job.ID, "kind", job.Kind, "panic", panicked, "trace", trace)
	return nil
}

// quiet leaves out the queue's diary, and what it says of its own cancelled statements while it ends. A
// statement that took too long or found the database busy is no error: River tries each of them again, so it
// is a warning. What failed for good is a job, of which [outcomes] tells.
type quiet struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	switch {
	case mentions(record, context.Canceled.Error()):
		return nil
	case mentions(record, context.DeadlineExceeded.Error()), mentions(record, sqlite3.ErrBusy.Error()):
		record.Level = min(record.Level, slog.LevelWarn)
	}
	return q.Handler.Handle(ctx, record)
}

// mentions reports whether an attribute holds a text: River writes errors as texts.
func mentions(record slog.Record, text string) (found bool) {
	record.Attrs(func(attr slog.Attr) bool {
		found = strings.Contains(attr.Value.String(), text)
		return !found
	})
	return found
}

// WithAttrs implements [slog.Handler].
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements [slog.Handler].
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
