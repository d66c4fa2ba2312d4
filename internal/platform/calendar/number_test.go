package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

func date(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

func TestNumbersLeadBackToTheirDays(t *testing.T) {
	t.Parallel()
	day := date(t, "1970-01-01")
	for n := range 50_000 {
		require.Equal(t, n, day.Number())
		require.Equal(t, day.String(), calendar.DayNumbered(n).String())
		month := calendar.MonthNumbered(day.MonthNumber())
		require.Equal(t, day.String()[:7]+"-01", month.String())
		monday := calendar.WeekNumbered(day.WeekNumber())
		require.Equal(t, time.Monday, monday.Start().In(calendar.Seoul).Weekday())
		require.LessOrEqual(t, monday.DaysUntil(day), 6)
		require.GreaterOrEqual(t, monday.DaysUntil(day), 0)
		day = day.Add(1)
	}
}

func TestDaysThatAreNotThereBecomeTheLast(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2023-02-28", date(t, "2024-02-29").AddYears(-1).String())
	require.Equal(t, "2024-02-29", date(t, "2024-03-31").AddMonths(-1).String())
	require.Equal(t, "2023-12-31", date(t, "2024-01-31").AddMonths(-1).String())
	require.True(t, date(t, "2024-02-29").IsLastOfMonth())
	require.False(t, date(t, "2024-02-28").IsLastOfMonth())
}

func TestDatesAreTextInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(date(t, "2024-02-29"))
	require.NoError(t, err)
	require.Equal(t, `"2024-02-29"`, string(text))
	var back calendar.Date
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, "2024-02-29", back.String())
	require.Error(t, json.Unmarshal([]byte(`"2023-02-29"`), &back))
}
