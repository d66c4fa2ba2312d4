package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/test/testkit"
)

type greetArgs struct {
	Name string `json:"name"`
}

func (greetArgs) Kind() string { return "greet" }

func newQueue(t *testing.T, d *db.DB) *queue.Queue {
	t.Helper()
	q, err := queue.New(d, queue.Options{Workers: 4, PollInterval: 100 * time.Millisecond})
	require.NoError(t, err)
	return q
}

func insert(t *testing.T, d *db.DB, q *queue.Queue, jobs ...queue.Insert) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return q.Insert(ctx, tx, jobs...) })
}

func receive(t *testing.T, c <-chan string) string {
	t.Helper()
	select {
	case name := <-c:
		return name
	case <-time.After(20 * time.Second):
		require.FailNow(t, "the job did not run")
		return ""
	}
}

func TestJobsRunAfterTheCommitOnly(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d)
		ran := make(chan string, 10)
		queue.Handle(q, func(_ context.Context, args greetArgs) error {
			ran <- args.Name
			return nil
		})
		refused := errors.New("refused")
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, q.Insert(ctx, tx, queue.Insert{Args: greetArgs{"rolled back"}}))
			return refused
		})
		require.ErrorIs(t, err, refused)
		insert(t, d, q, queue.Insert{Args: greetArgs{"committed"}})
		testkit.Run(t, q.Run)
		require.Equal(t, "committed", receive(t, ran))
	})
}

func TestJobsWaitForTheirTime(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d)
		ran := make(chan string, 10)
		queue.Handle(q, func(_ context.Context, args greetArgs) error {
			ran <- args.Name
			return nil
		})
		due := time.Now().Add(1500 * time.Millisecond)
		insert(t, d, q, queue.Insert{Args: greetArgs{"later"}, At: due}, queue.Insert{Args: greetArgs{"now"}})
		testkit.Run(t, q.Run)
		require.Equal(t, "now", receive(t, ran))
		require.Equal(t, "later", receive(t, ran))
		require.False(t, time.Now().Before(due.Add(-100*time.Millisecond)), "the job ran before its time")
	})
}

func TestOperatorsSeeAndRetryJobs(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d)
		tried := make(chan string, 10)
		fail := true
		queue.Handle(q, func(ctx context.Context, args greetArgs) error {
			defer func() { tried <- args.Name }()
			if fail {
				fail = false
				return errors.New("the bell is broken")
			}
			return queue.Report(ctx, map[string]int{"greeted": 1})
		})
		insert(t, d, q, queue.Insert{Args: greetArgs{"Moa"}})
		testkit.Run(t, q.Run)
		receive(t, tried)

		var job *queue.Job
		require.Eventually(t, func() bool {
			job = only(t, q)
			return job.State == queue.StateRetryable || job.State == queue.StateScheduled || job.Attempt > 1
		}, 10*time.Second, 20*time.Millisecond)
		require.Equal(t, "greet", job.Kind)
		require.JSONEq(t, `{"name":"Moa"}`, string(job.Arguments))
		require.Equal(t, "the bell is broken", job.Errors[0].Message)

		if job.Attempt == 1 {
			_, err := q.Retry(t.Context(), queue.RetryInput{ID: job.ID})
			if !errors.Is(err, queue.ErrNotRetryable) { // it may have become due by itself meanwhile
				require.NoError(t, err)
			}
		}
		receive(t, tried)
		require.Eventually(t, func() bool { return only(t, q).State == queue.StateCompleted }, 10*time.Second, 20*time.Millisecond)
		require.JSONEq(t, `{"greeted":1}`, string(only(t, q).Progress))
	})
}

func only(t *testing.T, q *queue.Queue) *queue.Job {
	t.Helper()
	kind := "greet"
	list, err := q.List(t.Context(), page.Args{}, &queue.Filter{Kind: &kind})
	require.NoError(t, err)
	require.Len(t, list.Edges, 1)
	return list.Edges[0].Node
}

func TestListPagesNewestFirst(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d)
		later := time.Now().Add(time.Hour)
		for _, name := range []string{"a", "b", "c"} {
			insert(t, d, q, queue.Insert{Args: greetArgs{name}, At: later})
		}
		two := 2
		first, err := q.List(t.Context(), page.Args{First: &two}, nil)
		require.NoError(t, err)
		require.Len(t, first.Edges, 2)
		require.True(t, first.PageInfo.HasNextPage)
		rest, err := q.List(t.Context(), page.Args{First: &two, After: first.PageInfo.EndCursor}, nil)
		require.NoError(t, err)
		require.Len(t, rest.Edges, 1)
		require.JSONEq(t, `{"name":"a"}`, string(rest.Edges[0].Node.Arguments))
		back, err := q.List(t.Context(), page.Args{Last: &two, Before: rest.PageInfo.StartCursor}, nil)
		require.NoError(t, err)
		require.Equal(t, first.Edges[0].Node.ID, back.Edges[0].Node.ID)

		number := strings.TrimPrefix(first.Edges[0].Node.ID, "job_")
		for _, id := range []string{"job_999999", "cpn_1", "job_0" + number, "job_+" + number, "job_" + number + " "} {
			_, err = q.Get(t.Context(), id)
			require.ErrorIs(t, err, queue.ErrNotFound, id)
		}
	})
}

func TestPeriodicJobsRun(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d)
		ran := make(chan string, 10)
		queue.Handle(q, func(_ context.Context, args greetArgs) error {
			ran <- args.Name
			return nil
		})
		q.Every(func(now time.Time) time.Time { return now.Add(time.Hour) }, true, greetArgs{"at the start"})
		testkit.Run(t, q.Run)
		require.Equal(t, "at the start", receive(t, ran))
	})
}

// levels tells the level of each record.
type levels chan slog.Level

func (levels) Enabled(context.Context, slog.Level) bool { return true }

func (l levels) Handle(_ context.Context, record slog.Record) error {
	select {
	case l <- record.Level:
	default:
	}
	return nil
}

func (l levels) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l levels) WithGroup(string) slog.Handler      { return l }

func TestABusyDatabaseIsAWarning(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	said := make(levels, 1)
	q, err := queue.New(d, queue.Options{Logger: slog.New(said)})
	require.NoError(t, err)
	started := make(chan string, 1)
	queue.Handle(q, func(_ context.Context, args greetArgs) error {
		started <- args.Name
		return nil
	})
	insert(t, d, q, queue.Insert{Args: greetArgs{"Moa"}})
	testkit.Run(t, q.Run)
	receive(t, started)
	writer, err := d.Writer().Conn(t.Context()) // the only one
	require.NoError(t, err)
	select {
	case level := <-said:
		require.Equal(t, slog.LevelWarn, level)
	case <-time.After(time.Minute):
		require.FailNow(t, "the queue does not mind")
	}
	require.NoError(t, writer.Close())
}
