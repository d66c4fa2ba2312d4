package queue

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/moa-bff/moa/internal/platform/db"
)

// client is the backend over River with transactions of type T.
type client[T any] struct {
	driver riverdriver.Driver[T]
	river  *river.Client[T]
	txOf   func(tx *db.Tx) T
}

func newPostgres(driver riverdriver.Driver[pgx.Tx]) (backend, error) {
	return newClient(driver, (*db.Tx).PGX)
}

func newSQLite(driver riverdriver.Driver[*sql.Tx]) (backend, error) {
	return newClient(driver, (*db.Tx).SQL)
}

func newClient[T any](driver riverdriver.Driver[T], txOf func(tx *db.Tx) T) (backend, error) {
	// A client without queues only inserts and looks, so that it can be used before the workers run.
	inner, err := river.NewClient(driver, &river.Config{})
	if err != nil {
		return nil, err
	}
	return &client[T]{driver: driver, river: inner, txOf: txOf}, nil
}

func (c *client[T]) insert(ctx context.Context, tx *db.Tx, jobs []river.InsertManyParams) error {
	_, err := c.river.InsertManyFastTx(ctx, c.txOf(tx), jobs)
	return err
}

func (c *client[T]) list(ctx context.Context, params *river.JobListParams) ([]*rivertype.JobRow, error) {
	result, err := c.river.JobList(ctx, params)
	if err != nil {
		return nil, err
	}
	return result.Jobs, nil
}

func (c *client[T]) get(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	return found(c.river.JobGet(ctx, id))
}

func (c *client[T]) retry(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	return found(c.river.JobRetry(ctx, id))
}

func (c *client[T]) worker(config *river.Config) (runner, error) {
	return river.NewClient(c.driver, config)
}

func found(row *rivertype.JobRow, err error) (*rivertype.JobRow, error) {
	if errors.Is(err, river.ErrNotFound) {
		return nil, ErrNotFound.Wrap(err)
	}
	return row, err
}
