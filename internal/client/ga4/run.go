package ga4

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// firstPause is the longest pause before a request is sent again; each one after is twice as long.
const firstPause = 200 * time.Millisecond

var propertyNumber = regexp.MustCompile(`^[0-9]{1,20}$`)

// Run asks report, page by page, and calls row with each row, whose slices are valid during the call
// only; all values are texts, as GA4 has them. A report of more rows than the client takes gives none.
// When Run returns, nothing of it runs on.
//
// Errors are those of row as they are, context.Canceled, INVALID_ARGUMENT for a property that is no
// number, and the kinds above. Rows that were given before an error are not the whole.
func (c *Client) Run(ctx context.Context, report Report, row func(dimensions, metrics []string) error) (Meta, error) {
	if !propertyNumber.MatchString(report.Property) {
		return Meta{}, fault.InvalidArgument.Wrap(errors.New("ga4: the property is no number"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var meta Meta
	for given, all := int64(0), int64(1); given < all; {
		page := report
		page.Offset, page.Limit = report.Offset+given, c.pageRows
		if report.Limit > 0 {
			page.Limit = min(page.Limit, report.Limit-given)
		}
		got, err := c.ask(ctx, page)
		if err != nil {
			return Meta{}, ended(ctx, err)
		}
		before := meta.RowCount
		meta = got.meta()
		if given > 0 && meta.RowCount != before {
			return Meta{}, failed(ErrUnavailable, "the report changed between its pages")
		}
		if all, err = c.size(report, meta.RowCount); err != nil {
			return Meta{}, err
		}
		if rows := int64(len(got.Rows)); rows != min(page.Limit, all-given) {
			return Meta{}, failed(ErrUnavailable, "a page has not the rows that it should have")
		}
		if err := give(ctx, got, row); err != nil {
			return Meta{}, err
		}
		given += int64(len(got.Rows))
	}
	return meta, nil
}

// size returns how many of the report's rows are wanted.
func (c *Client) size(report Report, rows int64) (int64, error) {
	wanted := max(0, rows-report.Offset)
	if report.Limit > 0 {
		wanted = min(wanted, report.Limit)
	}
	if wanted > c.maxRows {
		return 0, failed(ErrTooManyRows, fmt.Sprintf("%d rows of at most %d", wanted, c.maxRows))
	}
	return wanted, nil
}

// give hands on the rows of a page.
func give(ctx context.Context, page *answer, row func(dimensions, metrics []string) error) error {
	dimensions, metrics := make([]string, len(page.DimensionHeaders)), make([]string, len(page.MetricHeaders))
	for i := range page.Rows {
		if ctx.Err() != nil {
			return ended(ctx, ctx.Err())
		}
		if !page.row(i, dimensions, metrics) {
			return failed(ErrUnavailable, "a row does not fit its headers")
		}
		if err := row(dimensions, metrics); err != nil {
			return err
		}
	}
	return nil
}

// ask sends a request as often as it takes, within reason.
func (c *Client) ask(ctx context.Context, page Report) (*answer, error) {
	body, err := json.Marshal(page)
	if err != nil {
		return nil, fmt.Errorf("ga4: %w", err)
	}
	for attempt := 1; ; attempt++ {
		got, err := c.once(ctx, page.Property, body)
		again := errors.Is(err, ErrUnavailable) && !errors.Is(err, errNoReport)
		if err == nil || !again || attempt == c.attempts || ctx.Err() != nil {
			return got, err
		}
		longest := firstPause << min(attempt-1, 6)
		pause := time.NewTimer(longest/2 + rand.N(longest/2)) // so that many do not return in step
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, ctx.Err()
		}
	}
}

// once sends a request, when it is its turn.
func (c *Client) once(ctx context.Context, property string, body []byte) (*answer, error) {
	who := c.credential.show()
	token, err := c.tokens.token(ctx, who)
	if err != nil {
		return nil, err
	}
	leave, err := c.gate.enter(ctx, property)
	if err != nil {
		return nil, err
	}
	defer leave()
	at := c.base.JoinPath("v1beta", "properties", property).String() + ":runReport"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ga4: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	token.SetAuthHeader(request)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, broken(err)
	}
	got, err := c.read(response)
	if response.StatusCode == http.StatusUnauthorized {
		c.tokens.forget(who)
	}
	return got, err
}

// errNoReport is an answer that asking again will not better.
var errNoReport = errors.New("the answer is no report")

// read reads an answer whole, within its bound.
func (c *Client) read(response *http.Response) (*answer, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, c.maxPage+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, refused(response, body)
	case err != nil:
		return nil, broken(err)
	case int64(len(body)) > c.maxPage:
		return nil, failed(ErrTooManyRows, "a page is too large")
	}
	var got answer
	// Without a kind, this may be anything that is JSON, and an empty report to the decoder.
	if err := json.Unmarshal(body, &got); err != nil || got.Kind != reportKind {
		return nil, fault.Unavailable.Wrap(fmt.Errorf("%w: %w", ErrUnavailable, errNoReport))
	}
	return &got, nil
}
