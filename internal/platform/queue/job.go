package queue

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
)

// Faults of operating the queue.
var (
	ErrNotFound     = fault.Business("JOB_NOT_FOUND")
	ErrNotRetryable = fault.Business("JOB_NOT_RETRYABLE")
)

// idPrefix makes the number of a job a global identity.
const idPrefix = "job_"

// Job is a job as an operator sees it.
type Job struct {
	ID          string
	Kind        string
	State       State
	Attempt     int
	MaxAttempts int
	Arguments   json.RawMessage
	Progress    json.RawMessage
	Errors      []*JobError
	CreatedAt   time.Time
	ScheduledAt time.Time
	AttemptedAt *time.Time
	FinalizedAt *time.Time

	number int64
}

// IsNode marks Job as a Node of the GraphQL schema.
func (*Job) IsNode() {}

// JobError says why one attempt failed.
type JobError struct {
	Attempt int
	At      time.Time
	Message string
}

// State says where a job stands.
type State string

// Where a job can stand: River's states in capitals.
const (
	StateAvailable State = "AVAILABLE"
	StateCancelled State = "CANCELLED"
	StateCompleted State = "COMPLETED"
	StateDiscarded State = "DISCARDED"
	StatePending   State = "PENDING"
	StateRetryable State = "RETRYABLE"
	StateRunning   State = "RUNNING"
	StateScheduled State = "SCHEDULED"
)

// Filter says which jobs to list.
type Filter struct {
	Kind  *string
	State *State
}

// Connection is a page of jobs.
type Connection = page.Connection[*Job]

// Edge is a job in a list.
type Edge = page.Edge[*Job]

// number returns the queue's own number of a job id, or [ErrNotFound]. A job has one id: neither job_01 nor
// job_+1 is job_1.
func number(id string) (int64, error) {
	text, ok := strings.CutPrefix(id, idPrefix)
	if !ok {
		return 0, ErrNotFound
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, ErrNotFound.Wrap(err)
	}
	if idOf(n) != id {
		return 0, ErrNotFound
	}
	return n, nil
}

func idOf(number int64) string { return idPrefix + strconv.FormatInt(number, 10) }

func jobOf(row *rivertype.JobRow) *Job {
	job := &Job{
		ID:          idOf(row.ID),
		Kind:        row.Kind,
		State:       State(strings.ToUpper(string(row.State))),
		Attempt:     row.Attempt,
		MaxAttempts: row.MaxAttempts,
		Arguments:   row.EncodedArgs,
		Progress:    row.Output(),
		CreatedAt:   row.CreatedAt,
		ScheduledAt: row.ScheduledAt,
		AttemptedAt: row.AttemptedAt,
		FinalizedAt: row.FinalizedAt,
		number:      row.ID,
	}
	for _, e := range row.Errors {
		job.Errors = append(job.Errors, &JobError{Attempt: e.Attempt, At: e.At, Message: e.Error})
	}
	return job
}
