package trino

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/http"
	"time"

	driverpkg "github.com/trinodb/trino-go-client/trino"
)

// cancelTime bounds the wait for the server to hear that nobody wants an answer any more.
const cancelTime = 3 * time.Second

// Query asks statement, whose question marks args fill in order (see [Decimal] for what they may be),
// and calls row with each row, whose slice is valid during the call only. It returns the columns once
// the last row has been given. When it returns, nothing of it runs on: an error of row, or the end of
// ctx, cancels the query at the server, unless the server has not answered the first request yet: it
// then gives the query up by itself after a while.
//
// Errors are those of row as they are, context.Canceled, and the kinds above.
func (c *Client) Query(ctx context.Context, statement string, args []any, row func(values []any) error) ([]Column, error) {
	values, err := arguments(args)
	if err != nil {
		return nil, err
	}
	if err := c.credential.allowed(c.server); err != nil {
		return nil, err
	}
	errand := &errand{credential: c.credential}
	columns, err := c.read(errand.into(ctx), errand, statement, values, row)
	if err != nil {
		c.abandon(errand.into(ctx), errand)
	}
	return columns, err
}

// read runs the question to its end.
func (c *Client) read(ctx context.Context, errand *errand, statement string, args []driver.NamedValue, row func(values []any) error) ([]Column, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	prepared, err := c.prepare(ctx, statement)
	if err != nil {
		return nil, explain(ctx, err, "")
	}
	// The driver's rows are not closed: that would read a page more and wait for it. The statement's
	// Close ends the driver's goroutines, at once when the context has ended before.
	defer func() { _ = prepared.Close() }()
	defer cancel()
	asking, ok := prepared.(driver.StmtQueryContext)
	if !ok {
		return nil, errors.New("trino: the driver has no queries")
	}
	rows, err := asking.QueryContext(ctx, args)
	if err != nil {
		queryID, _ := errand.place()
		return nil, explain(ctx, err, queryID)
	}
	columns := columnsOf(rows)
	return columns, c.each(ctx, errand, rows, columns, row)
}

// prepare takes a connection of its own: the driver's connections are no sockets but settings, which a
// statement may change.
func (c *Client) prepare(ctx context.Context, statement string) (driver.Stmt, error) {
	conn, err := c.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := conn.(*driverpkg.Conn)
	if !ok {
		return nil, errors.New("trino: the driver has no connections")
	}
	return own.PrepareContext(ctx, statement)
}

// each gives the rows to row, and stops at the first too many.
func (c *Client) each(ctx context.Context, errand *errand, rows driver.Rows, columns []Column, row func(values []any) error) error {
	read := make([]driver.Value, len(columns))
	values := make([]any, len(columns))
	for n := 0; ; n++ {
		err := rows.Next(read)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			queryID, _ := errand.place()
			return explain(ctx, err, queryID)
		case n == c.maxRows:
			return failed(ErrTooManyRows, "more rows than the client takes")
		}
		for i, value := range read {
			if values[i], err = columns[i].value(value); err != nil {
				return err
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
}

// abandon tells the server that nobody waits for the rest, if there is a rest.
func (c *Client) abandon(ctx context.Context, errand *errand) {
	queryID, nextURI := errand.place()
	if nextURI == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, nextURI, nil)
	if err == nil {
		var response *http.Response
		if response, err = c.http.Do(request); err == nil {
			err = response.Body.Close()
		}
	}
	if err != nil {
		c.logger.WarnContext(ctx, "a query was not cancelled", "query_id", queryID, "error", network(err))
	}
}
