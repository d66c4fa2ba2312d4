package ga4_test

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
	"golang.org/x/oauth2"

	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// failing answers with failure the first n times, and with one row afterwards.
func failing(n int32, failure ga4test.Answer) func(ga4test.Request) ga4test.Answer {
	var asked atomic.Int32
	return func(ga4test.Request) ga4test.Answer {
		if asked.Add(1) <= n {
			return failure
		}
		return days(1)
	}
}

func TestServerErrorsAreAskedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504} {
		server, client := setup(t, failing(2, ga4test.Answer{Status: status, Reason: "INTERNAL"}))
		_, rows, err := all(t.Context(), client, sessions())
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Len(t, server.Requests(), 3)
	}
}

func TestAServerThatStaysAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	server, client := setup(t, failing(99, ga4test.Answer{Status: 503, Reason: "UNAVAILABLE"}))
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrUnavailable)
	require.ErrorIs(t, err, fault.Unavailable)
	require.ErrorContains(t, err, "status 503")
	require.Len(t, server.Requests(), 3, "a property may see ten server errors an hour")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, client = setup(t, ga4test.Always(days(1)), func(o *ga4.Options) { o.URL, o.Attempts = "http://"+listener.Addr().String(), 1 })
	_, _, err = all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrUnavailable)
	require.ErrorContains(t, err, "connection refused")
}

func TestAQuotaThatIsUsedUpTellsWhenToComeBack(t *testing.T) {
	t.Parallel()
	server, client := setup(t, failing(99, ga4test.Answer{
		Status: 429, Reason: "RESOURCE_EXHAUSTED", Message: "Exhausted property tokens per hour.", RetryAfter: 90 * time.Second,
	}))
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrQuota)
	require.NotErrorIs(t, err, ga4.ErrUnavailable)
	require.Equal(t, 90*time.Second, fault.From(err).RetryAfter)
	require.Len(t, server.Requests(), 1, "asking again costs what is not there")
}

func TestARefusedReportSaysWhyToTheLog(t *testing.T) {
	t.Parallel()
	message := "Field profit is not a valid metric. " + strings.Repeat("모", 200)
	server, client := setup(t, failing(99, ga4test.Answer{Status: 400, Reason: "INVALID_ARGUMENT", Message: message}))
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrRefused)
	require.ErrorIs(t, err, fault.Internal)
	var refused *ga4.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "INVALID_ARGUMENT", refused.Status)
	require.True(t, strings.HasPrefix(message, refused.Message))
	require.LessOrEqual(t, len(refused.Message), 300)
	require.Greater(t, len(refused.Message), 290)
	require.Len(t, server.Requests(), 1)
}

func TestWhoMayNotAskIsTold(t *testing.T) {
	t.Parallel()
	server, client := setup(t, failing(99, ga4test.Answer{Status: 403, Reason: "PERMISSION_DENIED", Message: "User " + ga4test.Email + " may not."}))
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrCredentials)
	require.NotContains(t, err.Error(), ga4test.Email)
	require.Len(t, server.Requests(), 1)
	_, _, err = all(t.Context(), client.As(ga4.Credential{}), sessions())
	require.ErrorIs(t, err, ga4.ErrCredentials)
	_, _, err = all(t.Context(), client.As(ga4.Tokens(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "unknown-token"}))), sessions())
	require.ErrorIs(t, err, ga4.ErrCredentials)
	require.NotContains(t, err.Error(), "unknown-token", "GA4 repeats it, we do not")
}

func TestWhoLeavesIsNotKept(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(ga4test.Answer{Stall: true}))
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := all(ctx, client, sessions())
		ended <- err
	}()
	<-server.Stalled
	leave()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Equal(t, property, <-server.Gone)
}

func TestATimeoutIsSaid(t *testing.T) {
	t.Parallel()
	_, client := setup(t, ga4test.Always(ga4test.Answer{Stall: true}), func(o *ga4.Options) { o.Timeout = 50 * time.Millisecond })
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, fault.Unavailable)
}

func TestAnErrorOfTheReaderComesBackAsItIs(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(10)), func(o *ga4.Options) { o.PageRows = 3 })
	full := errors.New("the basket is full")
	_, err := client.Run(t.Context(), sessions(), func([]string, []string) error { return full })
	require.Equal(t, full, err)
	require.Len(t, server.Requests(), 1)
}

func TestAReportThatChangesBetweenItsPagesIsNotBelieved(t *testing.T) {
	t.Parallel()
	_, client := setup(t, func(r ga4test.Request) ga4test.Answer { return days(10 + int(r.Offset)) }, func(o *ga4.Options) { o.PageRows = 4 })
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrUnavailable)
	require.ErrorContains(t, err, "changed")
}

func TestWhatIsNoReportIsNoEmptyReport(t *testing.T) {
	t.Parallel()
	const head = `{"kind":"analyticsData#runReport","dimensionHeaders":[{"name":"date"}],"metricHeaders":[{"name":"sessions"}],`
	for _, body := range []string{
		``, `{}`, `[]`, `<html>`, head + `"rowCount":1}`, head + `"rowCount":1,"rows":[{"dimensionValues":[],"metricValues":[{"value":"1"}]}]}`,
		head + `"rowCount":1,"rows":[{"dimensionValues":[{"value":"a"}],"metricValues":[{"value":"1"},{"value":"2"}]}]}`,
	} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) }))
		_, client := setup(t, ga4test.Always(days(1)), func(o *ga4.Options) { o.URL = elsewhere.URL })
		_, rows, err := all(t.Context(), client, sessions())
		require.ErrorIs(t, err, ga4.ErrUnavailable, body)
		require.Empty(t, rows)
		require.NoError(t, client.Close())
		elsewhere.Close()
	}
}

func TestPagesAreBounded(t *testing.T) {
	t.Parallel()
	_, client := setup(t, ga4test.Always(days(100)), func(o *ga4.Options) { o.MaxPageBytes = 1_000 })
	_, _, err := all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrTooManyRows)
}
