package calendar_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

func TestWeeksAreCalledByTheirThursday(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]struct {
		year, week     int
		monday, sunday string
		label          string
	}{
		"2020-12-31": {2020, 53, "2020-12-28", "2021-01-03", "2020년 12월 5주차"},
		"2021-01-03": {2020, 53, "2020-12-28", "2021-01-03", "2020년 12월 5주차"},
		"2021-01-04": {2021, 1, "2021-01-04", "2021-01-10", "2021년 1월 1주차"},
		"2022-01-01": {2021, 52, "2021-12-27", "2022-01-02", "2021년 12월 5주차"},
		"2023-01-01": {2022, 52, "2022-12-26", "2023-01-01", "2022년 12월 5주차"},
		"2024-03-01": {2024, 9, "2024-02-26", "2024-03-03", "2024년 2월 5주차"},
		"2024-12-01": {2024, 48, "2024-11-25", "2024-12-01", "2024년 11월 4주차"},
		"2024-12-02": {2024, 49, "2024-12-02", "2024-12-08", "2024년 12월 1주차"},
		"2024-12-29": {2024, 52, "2024-12-23", "2024-12-29", "2024년 12월 4주차"},
		"2024-12-30": {2025, 1, "2024-12-30", "2025-01-05", "2025년 1월 1주차"},
		"2025-06-01": {2025, 22, "2025-05-26", "2025-06-01", "2025년 5월 5주차"},
		"2025-12-31": {2026, 1, "2025-12-29", "2026-01-04", "2026년 1월 1주차"},
		"2026-01-01": {2026, 1, "2025-12-29", "2026-01-04", "2026년 1월 1주차"},
		"2026-01-05": {2026, 2, "2026-01-05", "2026-01-11", "2026년 1월 2주차"},
		"2026-03-01": {2026, 9, "2026-02-23", "2026-03-01", "2026년 2월 4주차"},
		"2026-12-28": {2026, 53, "2026-12-28", "2027-01-03", "2026년 12월 5주차"},
		"2027-01-01": {2026, 53, "2026-12-28", "2027-01-03", "2026년 12월 5주차"},
		"2027-01-04": {2027, 1, "2027-01-04", "2027-01-10", "2027년 1월 1주차"},
	} {
		date, err := calendar.ParseDate(day)
		require.NoError(t, err)
		w := calendar.WeekOf(date)
		year, week := w.ISO()
		require.Equal(t, want.year, year, day)
		require.Equal(t, want.week, week, day)
		require.Equal(t, want.monday, w.Monday().String(), day)
		require.Equal(t, want.sunday, w.Sunday().String(), day)
		require.Equal(t, want.label, w.Label(), day)
	}
}

// TestEveryDayOfACentury walks 2000 to 2100: a week belongs to the month that has most of its days, the weeks of
// a month are numbered from 1 without a gap, and none has a sixth.
func TestEveryDayOfACentury(t *testing.T) {
	t.Parallel()
	date, err := calendar.ParseDate("2000-01-01")
	require.NoError(t, err)
	weeks := map[[2]int]map[int]bool{}
	days, fives := 0, 0
	for ; date.String() <= "2100-12-31"; date = date.Add(1) {
		days++
		w := calendar.WeekOf(date)
		require.False(t, date.Before(w.Monday()) || w.Sunday().Before(date), date)
		isoYear, isoWeek := w.ISO()
		y, n := date.Start().In(calendar.Seoul).ISOWeek()
		require.Equal(t, [2]int{y, n}, [2]int{isoYear, isoWeek}, date)
		inMonth := map[[2]int]int{}
		for d := w.Monday(); !w.Sunday().Before(d); d = d.Add(1) {
			t := d.Start().In(calendar.Seoul)
			inMonth[[2]int{t.Year(), int(t.Month())}]++
		}
		year, month, number := w.OfMonth()
		require.GreaterOrEqual(t, inMonth[[2]int{year, int(month)}], 4, date)
		key := [2]int{year, int(month)}
		if weeks[key] == nil {
			weeks[key] = map[int]bool{}
		}
		weeks[key][number] = true
	}
	require.Equal(t, 36890, days)
	for month, numbers := range weeks {
		if month[0] < 2000 { // 1 January 2000 belongs to the last week of December 1999
			require.Equal(t, map[int]bool{5: true}, numbers)
			fives++
			continue
		}
		for n := 1; n <= len(numbers); n++ {
			require.True(t, numbers[n], month)
		}
		require.GreaterOrEqual(t, len(numbers), 4, month)
		require.LessOrEqual(t, len(numbers), 5, month)
		if len(numbers) == 5 {
			fives++
		}
	}
	require.Len(t, weeks, 1213)
	require.Equal(t, 423, fives)
}
