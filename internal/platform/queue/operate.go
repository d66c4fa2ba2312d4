package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/moa-bff/moa/internal/platform/page"
)

// byNumber orders jobs by River's numbers, which are their order of creation.
func byNumber() page.Sort[*Job] {
	return page.ByInt("id", true,
		func(j *Job) string { return j.ID },
		func(j *Job) int { return int(j.number) })
}

// List returns a page of jobs, newest first. Bad page arguments are [fault.InvalidArgument].
func (q *Queue) List(ctx context.Context, args page.Args, filter *Filter) (*Connection, error) {
	window, err := page.NewWindow(args, byNumber())
	if err != nil {
		return nil, err
	}
	direction := river.SortOrderDesc
	if window.Backward() {
		direction = river.SortOrderAsc
	}
	params := river.NewJobListParams().
		OrderBy(river.JobListOrderByID, direction).
		First(window.Limit())
	for op, value := range window.Bounds() {
		name := "bound" + strconv.Itoa(int(op))
		params = params.Where("id "+operator(op)+" @"+name, river.NamedArgs{name: value})
	}
	if filter != nil && filter.Kind != nil {
		params = params.Kinds(*filter.Kind)
	}
	if filter != nil && filter.State != nil {
		params = params.States(rivertype.JobState(strings.ToLower(string(*filter.State))))
	}
	rows, err := q.backend.list(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	jobs := make([]*Job, len(rows))
	for i, row := range rows {
		jobs[i] = jobOf(row)
	}
	return window.Build(jobs), nil
}

func operator(op sql.Op) string {
	if op == sql.OpGT {
		return ">"
	}
	return "<"
}

// Get returns a job, or [ErrNotFound].
func (q *Queue) Get(ctx context.Context, id string) (*Job, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	row, err := q.backend.get(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("get job %s: %w", id, err)
	}
	return jobOf(row), nil
}

// RetryInput says which job to retry.
type RetryInput struct {
	ID string
}

// Retry makes a job due now: one that failed, was cancelled, was completed or waits for its time.
// It returns [ErrNotFound], or [ErrNotRetryable] for a job that is due or running.
func (q *Queue) Retry(ctx context.Context, input RetryInput) (*Job, error) {
	job, err := q.Get(ctx, input.ID)
	if err != nil {
		return nil, err
	}
	if job.State == StateRunning || job.State == StateAvailable {
		return nil, ErrNotRetryable.At("id")
	}
	row, err := q.backend.retry(ctx, job.number)
	if err != nil {
		return nil, fmt.Errorf("retry job %s: %w", input.ID, err)
	}
	return jobOf(row), nil
}
