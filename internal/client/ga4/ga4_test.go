package ga4_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// TestMain holds every report to its promise that nothing of it runs on.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const property = "123456789"

// setup returns a server that answers as told, and a client of it that asks as a service account;
// change may change the options.
func setup(t *testing.T, answer func(ga4test.Request) ga4test.Answer, change ...func(*ga4.Options)) (*ga4test.Server, *ga4.Client) {
	t.Helper()
	server := ga4test.Start(t, answer)
	options := ga4.Options{URL: server.URL, TokenURL: server.TokenURL}
	for _, c := range change {
		c(&options)
	}
	client, err := ga4.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	account, err := ga4.ServiceAccount(server.Account("store-1"))
	require.NoError(t, err)
	return server, client.As(account)
}

// sessions asks for sessions a day.
func sessions() ga4.Report {
	return ga4.Report{
		Property: property, DateRanges: []ga4.DateRange{{StartDate: "2026-11-01", EndDate: "2026-11-30"}},
		Dimensions: []ga4.Dimension{{Name: "date"}}, Metrics: []ga4.Metric{{Name: "sessions"}, {Name: "screenPageViews"}},
		OrderBys: []ga4.OrderBy{{Dimension: "date"}},
	}
}

// days answers n rows for sessions.
func days(n int) ga4test.Answer {
	var answer ga4test.Answer
	for i := range n {
		answer.Rows = append(answer.Rows, ga4test.Row{Dimensions: []string{"day-" + strconv.Itoa(i)}, Metrics: []string{strconv.Itoa(i), "9007199254740993"}})
	}
	return answer
}

// all asks and returns the first dimension of every row.
func all(ctx context.Context, client *ga4.Client, report ga4.Report) (ga4.Meta, []string, error) {
	var rows []string
	meta, err := client.Run(ctx, report, func(dimensions, _ []string) error {
		rows = append(rows, dimensions[0])
		return nil
	})
	return meta, rows, err
}

func TestAReportComesBackWithWhatIsToBeSaidOfIt(t *testing.T) {
	t.Parallel()
	answer := days(2)
	answer.Sampled, answer.Thresholded, answer.DataLoss, answer.Remaining = true, true, true, 199_995
	server, client := setup(t, ga4test.Always(answer))
	report := sessions()
	report.ReturnPropertyQuota = true
	var rows [][]string
	meta, err := client.Run(t.Context(), report, func(dimensions, metrics []string) error {
		rows = append(rows, append(append([]string{}, dimensions...), metrics...))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"day-0", "0", "9007199254740993"}, {"day-1", "1", "9007199254740993"}}, rows)
	require.Equal(t, int64(2), meta.RowCount)
	require.Equal(t, []string{"date"}, meta.Dimensions)
	require.Equal(t, []ga4.MetricHeader{{Name: "sessions", Type: "TYPE_INTEGER"}, {Name: "screenPageViews", Type: "TYPE_INTEGER"}}, meta.Metrics)
	require.Equal(t, "KRW", meta.CurrencyCode)
	require.Equal(t, "Asia/Seoul", meta.TimeZone)
	require.True(t, meta.Sampled)
	require.True(t, meta.Thresholded)
	require.True(t, meta.DataLoss)
	require.Equal(t, ga4.QuotaStatus{Consumed: 5, Remaining: 199_995}, meta.Quota.TokensPerDay)
	require.Equal(t, ga4.QuotaStatus{Remaining: 10}, meta.Quota.ConcurrentRequests)
	asked := server.Requests()
	require.Len(t, asked, 1)
	require.Equal(t, property, asked[0].Property)
}

func TestAnEmptyReportHasNoRowsAndNoFlags(t *testing.T) {
	t.Parallel()
	_, client := setup(t, ga4test.Always(ga4test.Answer{}))
	meta, rows, err := all(t.Context(), client, sessions())
	require.NoError(t, err)
	require.Empty(t, rows)
	require.False(t, meta.Sampled || meta.Thresholded || meta.DataLoss)
	require.Nil(t, meta.Quota)
}

func TestPagesFollowOneAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ limit, offset, first, rows, pages int64 }{
		{rows: 10, pages: 4},
		{offset: 4, first: 4, rows: 6, pages: 2},
		{limit: 7, rows: 7, pages: 3},
		{limit: 4, offset: 8, first: 8, rows: 2, pages: 1},
		{offset: 10, pages: 1},
		{offset: 99, pages: 1},
		{limit: 3, rows: 3, pages: 1},
	} {
		server, client := setup(t, ga4test.Always(days(10)), func(o *ga4.Options) { o.PageRows = 3 })
		report := sessions()
		report.Limit, report.Offset = c.limit, c.offset
		meta, rows, err := all(t.Context(), client, report)
		require.NoError(t, err)
		require.Equal(t, int64(10), meta.RowCount)
		require.Len(t, rows, int(c.rows), "%+v", c)
		for i, row := range rows {
			require.Equal(t, "day-"+strconv.Itoa(int(c.first)+i), row)
		}
		require.Len(t, server.Requests(), int(c.pages), "%+v", c)
	}
}

func TestTooManyRowsGiveNone(t *testing.T) {
	t.Parallel()
	_, client := setup(t, ga4test.Always(days(10)), func(o *ga4.Options) { o.MaxRows, o.PageRows = 9, 3 })
	report := sessions()
	_, rows, err := all(t.Context(), client, report)
	require.ErrorIs(t, err, ga4.ErrTooManyRows)
	require.ErrorIs(t, err, fault.InvalidArgument)
	require.Empty(t, rows)

	report.Limit = 9
	_, rows, err = all(t.Context(), client, report)
	require.NoError(t, err)
	require.Len(t, rows, 9, "who wants no more gets them")
}

func TestTenAtATimeAskOneProperty(t *testing.T) {
	t.Parallel()
	ten, arrived := make(chan struct{}), make(chan struct{}, 100)
	server, client := setup(t, func(r ga4test.Request) ga4test.Answer {
		if r.Property == property {
			arrived <- struct{}{}
			<-ten
		}
		return days(1)
	})
	ended := make(chan error, 40)
	for range cap(ended) {
		go func() {
			_, _, err := all(t.Context(), client, sessions())
			ended <- err
		}()
	}
	for range 10 {
		<-arrived
	}
	other := sessions()
	other.Property = "7"
	_, _, err := all(t.Context(), client, other)
	require.NoError(t, err, "another property has its own ten")

	ctx, leave := context.WithCancel(t.Context())
	leave()
	_, _, err = all(ctx, client, sessions())
	require.ErrorIs(t, err, context.Canceled, "who leaves does not wait for a place")
	close(ten)
	for range cap(ended) {
		require.NoError(t, <-ended)
	}
	require.Equal(t, 10, server.Peak(property))
	require.Equal(t, 1, server.Granted(), "and one token serves them all")
}

func TestThePropertyIsANumber(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)))
	for _, wrong := range []string{"", "properties/1", "1:runReport", "1/../2", "-1", "１", "123456789012345678901"} {
		report := sessions()
		report.Property = wrong
		_, _, err := all(t.Context(), client, report)
		require.ErrorIs(t, err, fault.InvalidArgument, wrong)
	}
	require.Empty(t, server.Requests())
}
