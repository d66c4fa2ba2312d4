package trino_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestABusyServerIsAskedAgain(t *testing.T) {
	t.Parallel()
	answer := numbers(3, 1)
	answer.Busy, answer.BusyPages = 2, 1
	server, client := setup(t, trinotest.Always(answer))
	_, rows, err := all(t.Context(), client, "SELECT n")
	require.NoError(t, err)
	require.Equal(t, [][]any{{int64(0)}, {int64(1)}, {int64(2)}}, rows, "each page once")
	require.Len(t, server.Statements(), 1)
}

func TestAServerThatStaysBusyIsUnavailable(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(trinotest.Answer{Busy: 1_000}))
	_, _, err := all(t.Context(), client, "SELECT secret FROM words")
	require.ErrorIs(t, err, trino.ErrUnavailable)
	require.ErrorIs(t, err, fault.Unavailable)
	require.ErrorContains(t, err, "status 503")
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	client, err := trino.New(trino.Options{URL: "http://moa@" + listener.Addr().String(), Attempts: 2})
	require.NoError(t, err)
	_, _, err = all(t.Context(), client, "SELECT secret FROM words")
	require.ErrorIs(t, err, trino.ErrUnavailable)
	require.ErrorContains(t, err, "refused")
	_, err = client.Check(t.Context())
	require.ErrorIs(t, err, trino.ErrUnavailable)
}

func TestARefusedStatementIsNamedAndNotQuoted(t *testing.T) {
	t.Parallel()
	const statement = "SELECT secret FROM words WHERE card = ?"
	_, client := setup(t, trinotest.Always(trinotest.Answer{Queued: 1, Error: &trinotest.Error{
		Name: "COLUMN_NOT_FOUND", Type: "USER_ERROR", Code: 47, Message: "line 1:8: Column 'secret' cannot be resolved in " + statement,
	}}))
	_, _, err := all(t.Context(), client, statement, "4242-4242")
	require.ErrorIs(t, err, trino.ErrRefused)
	require.ErrorIs(t, err, fault.Internal)
	var query *trino.QueryError
	require.ErrorAs(t, err, &query)
	require.Equal(t, "COLUMN_NOT_FOUND", query.Name)
	require.Equal(t, "USER_ERROR", query.Type)
	require.Equal(t, 47, query.Code)
	require.NotEmpty(t, query.QueryID)
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		for _, hidden := range []string{"secret", "4242", "words"} {
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", cause, cause, cause), hidden)
		}
	}
}

func TestAFailureAfterRowsIsNoEnd(t *testing.T) {
	t.Parallel()
	answer := numbers(4, 2)
	answer.Error = &trinotest.Error{Name: "DIVISION_BY_ZERO", Type: "USER_ERROR", Code: 8}
	_, client := setup(t, trinotest.Always(answer))
	_, rows, err := all(t.Context(), client, "SELECT n")
	require.Len(t, rows, 4)
	require.ErrorIs(t, err, trino.ErrRefused)
}

func TestTheNameOfAFailureSaysWhoIsAtFault(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]error{
		"EXCEEDED_TIME_LIMIT": trino.ErrTimeout, "QUERY_QUEUE_FULL": trino.ErrUnavailable,
		"SERVER_STARTING_UP": trino.ErrUnavailable, "PERMISSION_DENIED": trino.ErrRefused, "USER_CANCELED": trino.ErrRefused,
		"USER_CANCELLED": trino.ErrRefused,
	} {
		_, client := setup(t, trinotest.Always(trinotest.Answer{Error: &trinotest.Error{Name: name}}))
		_, _, err := all(t.Context(), client, "SELECT 1")
		require.ErrorIs(t, err, kind, name)
	}
}

func TestTheTypeOfAFailureSaysSoWhereTheNameDoesNot(t *testing.T) {
	t.Parallel()
	for kindOf, kind := range map[string]error{
		"EXTERNAL": trino.ErrUnavailable, "INSUFFICIENT_RESOURCES": trino.ErrUnavailable,
		"USER_ERROR": trino.ErrRefused, "INTERNAL_ERROR": trino.ErrRefused,
	} {
		_, client := setup(t, trinotest.Always(trinotest.Answer{Error: &trinotest.Error{Name: "A_NEW_NAME", Type: kindOf}}))
		_, _, err := all(t.Context(), client, "SELECT 1")
		require.ErrorIs(t, err, kind, kindOf)
	}
}

func TestStatusesAreRead(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]error{
		401: trino.ErrCredentials, 403: trino.ErrCredentials, 400: trino.ErrRefused, 404: trino.ErrUnavailable,
		429: trino.ErrUnavailable, 500: trino.ErrUnavailable, 302: trino.ErrUnavailable,
	} {
		_, client := setup(t, trinotest.Always(trinotest.Answer{Status: status}))
		_, _, err := all(t.Context(), client, "SELECT 1")
		require.ErrorIs(t, err, kind, status)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(numbers(10, 3)), func(o *trino.Options) { o.MaxRows = 10 })
	_, rows, err := all(t.Context(), client, "SELECT n")
	require.NoError(t, err)
	require.Len(t, rows, 10, "as many as may be")

	server, client := setup(t, trinotest.Always(numbers(11, 3)), func(o *trino.Options) { o.MaxRows = 10 })
	_, rows, err = all(t.Context(), client, "SELECT n")
	require.ErrorIs(t, err, trino.ErrTooManyRows)
	require.ErrorIs(t, err, fault.InvalidArgument)
	require.Len(t, rows, 10)
	require.NotEmpty(t, <-server.Cancelled)
}

func TestPagesAreBounded(t *testing.T) {
	t.Parallel()
	answer := trinotest.Answer{Columns: trinotest.Columns("s varchar"), Pages: [][][]any{{{strings.Repeat("long", 1_000)}}}}
	server, client := setup(t, trinotest.Always(answer), func(o *trino.Options) { o.MaxPageBytes = 4_000 })
	_, rows, err := all(t.Context(), client, "SELECT s")
	require.ErrorIs(t, err, trino.ErrTooManyRows)
	require.Empty(t, rows)
	require.NotEmpty(t, <-server.Cancelled)
}

func TestATimeoutIsSaid(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(trinotest.Answer{Stall: true}), func(o *trino.Options) { o.Timeout = 50 * time.Millisecond })
	_, _, err := all(t.Context(), client, "SELECT 1")
	require.ErrorIs(t, err, trino.ErrTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, fault.Unavailable)
}

// late is a context whose deadline comes when the test says.
type late struct {
	context.Context
	come chan struct{}
}

func (l late) Done() <-chan struct{} { return l.come }

func (l late) Err() error {
	select {
	case <-l.come:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestADeadlineCancelsTheQuery(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(trinotest.Answer{Stall: true}))
	ctx := late{t.Context(), make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		_, _, err := all(ctx, client, "SELECT 1")
		ended <- err
	}()
	stalled := <-server.Stalled
	close(ctx.come)
	require.ErrorIs(t, <-ended, trino.ErrTimeout)
	require.Equal(t, stalled, <-server.Cancelled)
}

func TestPagesOfAnotherServerAreNotFetched(t *testing.T) {
	t.Parallel()
	var thief atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { thief.Add(1) }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id":"q","nextUri":"%s/v1/statement/queued/q/s/1","stats":{"state":"QUEUED"}}`, elsewhere.URL)
	}))
	defer server.Close()
	client, err := trino.New(trino.Options{URL: server.URL, Attempts: 2})
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	_, _, err = all(t.Context(), client.As(trino.User("moa")), "SELECT 1")
	require.ErrorIs(t, err, trino.ErrUnavailable)
	require.Zero(t, thief.Load())
}

func TestAServerMayWriteItsOwnNameAsItLikes(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next := `"nextUri":"http://TRINO.example:80/v1/statement/queued/q/s/1",`
		if r.Method == http.MethodGet {
			next = ""
		}
		_, _ = fmt.Fprintf(w, `{"id":"q",%s"stats":{"state":"QUEUED"}}`, next)
	}))
	defer server.Close()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	defer transport.CloseIdleConnections()
	client, err := trino.New(trino.Options{URL: "http://trino.example", HTTP: &http.Client{Transport: transport}, Attempts: 1})
	require.NoError(t, err)
	_, _, err = all(t.Context(), client, "SELECT 1")
	require.NoError(t, err)
}

func TestWhatIsNoPageIsNoEndOfTheRows(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `<html>`, ``, `{"id":7}`} {
		var server *httptest.Server
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				_, _ = fmt.Fprintf(w, `{"id":"q","nextUri":"%s/v1/statement/queued/q/s/1","stats":{"state":"QUEUED"}}`, server.URL)
				return
			}
			_, _ = w.Write([]byte(body))
		}))
		client, err := trino.New(trino.Options{URL: server.URL, Attempts: 2})
		require.NoError(t, err)
		_, _, err = all(t.Context(), client, "SELECT 1")
		require.ErrorIs(t, err, trino.ErrUnavailable, body)
		require.NoError(t, client.Close())
		server.Close()
	}
}
