package trino_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
	"github.com/moa-bff/moa/internal/platform/calendar"
)

// TestMain holds every question to its promise that nothing of it runs on.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setup returns a server that answers as told, and a client of it; change may change the options.
func setup(t *testing.T, answer func(trinotest.Statement) trinotest.Answer, change ...func(*trino.Options)) (*trinotest.Server, *trino.Client) {
	t.Helper()
	server := trinotest.Start(t, answer)
	options := trino.Options{URL: server.URL + "?catalog=lake&schema=shop", Attempts: 3}
	for _, c := range change {
		c(&options)
	}
	client, err := trino.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return server, client
}

// numbers answers n rows of one number, size rows a page.
func numbers(n, size int) trinotest.Answer {
	answer := trinotest.Answer{Columns: trinotest.Columns("n bigint"), Queued: 1}
	for from := 0; from < n; from += size {
		var page [][]any
		for i := from; i < min(from+size, n); i++ {
			page = append(page, []any{i})
		}
		answer.Pages = append(answer.Pages, page)
	}
	return answer
}

// all asks and returns every row.
func all(ctx context.Context, client *trino.Client, statement string, args ...any) ([]trino.Column, [][]any, error) {
	var rows [][]any
	columns, err := client.Query(ctx, statement, args, func(values []any) error {
		rows = append(rows, append([]any(nil), values...))
		return nil
	})
	return columns, rows, err
}

func TestValuesSurviveTheJourney(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(trinotest.Answer{
		Columns: trinotest.Columns("amount decimal(38,2)", "n bigint", "day date", "at timestamp(6)",
			"seen timestamp(3) with time zone", "name varchar", "ok boolean", "share double"),
		Queued: 2,
		Pages: [][][]any{
			{{"123456789012345678901234567890123456.78", int64(9007199254740993), "2026-11-25", "2026-11-25 23:59:59.123456", "2026-11-25 09:00:00.500 Asia/Seoul", "모아's", true, 0.1}},
			{{nil, nil, nil, nil, nil, nil, nil, nil}},
		},
	}))
	columns, rows, err := all(t.Context(), client, "SELECT * FROM orders")
	require.NoError(t, err)
	require.Equal(t, trino.Column{Name: "amount", Type: "decimal", Precision: 38, Scale: 2}, columns[0])
	require.Equal(t, trino.Column{Name: "seen", Type: "timestamp with time zone", Precision: 3}, columns[4])
	day, err := calendar.ParseDate("2026-11-25")
	require.NoError(t, err)
	require.Len(t, rows, 2)
	seen, ok := rows[0][4].(time.Time)
	require.True(t, ok)
	require.True(t, seen.Equal(time.Date(2026, 11, 25, 0, 0, 0, 5e8, time.UTC)))
	rows[0][4] = nil
	require.Equal(t, []any{
		trino.Decimal("123456789012345678901234567890123456.78"), int64(9007199254740993), day,
		time.Date(2026, 11, 25, 23, 59, 59, 123456000, time.UTC), nil, "모아's", true, 0.1,
	}, rows[0])
	require.Equal(t, make([]any, 8), rows[1])
}

func TestArgumentsArriveAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	for _, prepare := range []string{"false", "true"} {
		server, client := setup(t, trinotest.Always(trinotest.Answer{}), func(o *trino.Options) { o.URL += "&explicitPrepare=" + prepare })
		day, err := calendar.ParseDate("2026-11-25")
		require.NoError(t, err)
		const statement = "SELECT 'it''s', ? FROM orders WHERE a = ?"
		_, _, err = all(t.Context(), client, statement,
			nil, true, 7, int64(-8), 0.5, "it's, 'x' -- \\", trino.Decimal("-12.50"), trino.Decimal("90000000000000000000"),
			day, time.Date(2026, 11, 25, 9, 0, 0, 0, calendar.Seoul), []string{"a, b", "c"}, []int64{1, 2})
		require.NoError(t, err)
		asked := server.Statements()
		require.Len(t, asked, 1)
		require.Equal(t, statement, asked[0].SQL)
		require.Equal(t, prepare == "true", asked[0].Prepared)
		require.Equal(t, []string{
			"NULL", "true", "7", "-8", "DOUBLE '0.5'", `'it''s, ''x'' -- \'`, "-12.50", "90000000000000000000.",
			"DATE '2026-11-25'", "TIMESTAMP '2026-11-25 00:00:00 Z'", "ARRAY['a, b', 'c']", "ARRAY[1, 2]",
		}, asked[0].Args)
	}
}

func TestArgumentsThatCannotBeSentAreNamedByTheirPlaceAlone(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(trinotest.Answer{}))
	for _, arg := range []any{trino.Decimal("1e5"), trino.Decimal("1; DROP"), trino.Decimal(""), struct{ secret string }{"DROP"}, []string(nil)} {
		_, _, err := all(t.Context(), client, "SELECT ?, ?", 1, arg)
		require.ErrorContains(t, err, "argument 2")
		require.NotContains(t, err.Error(), "DROP")
	}
	require.Empty(t, server.Statements())
}

func TestTheSessionIsThatOfTheURL(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(trinotest.Answer{}), func(o *trino.Options) { o.URL += "&session_properties=query_max_run_time:1m" })
	columns, rows, err := all(t.Context(), client, "SELECT 1")
	require.NoError(t, err)
	require.Empty(t, columns)
	require.Empty(t, rows)
	asked := server.Statements()[0]
	require.Equal(t, []string{"lake", "shop", "moa", "UTC"}, []string{asked.Catalog, asked.Schema, asked.Source, asked.TimeZone})
	require.Equal(t, "query_max_run_time=1m", asked.Header.Get("X-Trino-Session"))
	require.Empty(t, asked.Header.Get("X-Trino-Query-Data-Encoding"), "no spooled segments")
}

func TestQuestionsAreAskedSideBySide(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(numbers(500, 7)))
	failures := make(chan error, 20)
	for range cap(failures) {
		go func() {
			_, rows, err := all(t.Context(), client, "SELECT n")
			if err == nil && len(rows) != 500 {
				err = context.Canceled
			}
			failures <- err
		}()
	}
	for range cap(failures) {
		require.NoError(t, <-failures)
	}
}
