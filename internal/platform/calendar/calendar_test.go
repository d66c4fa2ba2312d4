package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestDaysBeginAtSeoulMidnight(t *testing.T) {
	t.Parallel()
	d := calendar.DateOf(time.Date(2026, 1, 1, 15, 0, 0, 0, time.UTC)) // midnight in Seoul
	require.Equal(t, "2026-01-02", d.String())
	require.Equal(t, "2026-01-01", calendar.DateOf(time.Date(2026, 1, 1, 14, 59, 59, 999, time.UTC)).String())
	require.Equal(t, time.Date(2026, 1, 1, 15, 0, 0, 0, time.UTC), d.Start())
	require.Equal(t, time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC), d.End())
}

func TestDatesAreReadStrictly(t *testing.T) {
	t.Parallel()
	leap, err := calendar.ParseDate("2024-02-29")
	require.NoError(t, err)
	require.Equal(t, "2024-03-01", leap.Add(1).String())
	for _, text := range []string{"", "2025-02-29", "2024-2-9", "20240229", "2024-02-29T00:00:00Z"} {
		_, err := calendar.ParseDate(text)
		require.ErrorIs(t, err, fault.InvalidArgument, text)
	}
}

func TestDaysAreCounted(t *testing.T) {
	t.Parallel()
	from, err := calendar.ParseDate("2026-02-27")
	require.NoError(t, err)
	to, err := calendar.ParseDate("2026-03-02")
	require.NoError(t, err)
	require.Equal(t, 3, from.DaysUntil(to))
	require.True(t, from.Before(to))
	require.False(t, to.Before(from))
}

func TestDatesTravelThroughGraphQL(t *testing.T) {
	t.Parallel()
	var d calendar.Date
	require.NoError(t, d.UnmarshalGQL("2026-11-21"))
	var b strings.Builder
	d.MarshalGQL(&b)
	require.Equal(t, `"2026-11-21"`, b.String())
	require.ErrorIs(t, d.UnmarshalGQL(20261121), fault.InvalidArgument)
}
