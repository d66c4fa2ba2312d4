package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWeekIsCountedFromWhatWasSaid(t *testing.T) {
	t.Parallel()
	m := start(t)
	const week = `query($d: Date!) { counselWeek(date: $d) { label startDate endDate status sessionCount messageCount emotions { emotion count share } topics { topic count share } summary } }`
	user := m.as(t, "user")
	user.language = "ko"
	seoul := time.FixedZone("Asia/Seoul", 9*60*60)
	today := map[string]any{"d": time.Now().In(seoul).Format(time.DateOnly)}
	nothing := user.must(t, week, today)
	require.Equal(t, "ABSENT", nothing.get(t, "counselWeek.status"))
	require.Nil(t, nothing.get(t, "counselWeek.summary"))
	for _, worry := range []string{"내일 면접이라 너무 불안해요", "면접 준비 때문에 걱정이 많아요", "남자친구와 헤어져서 슬퍼요"} {
		user, _, _ = user.answered(t, worry)
	}
	today["d"] = time.Now().In(seoul).Format(time.DateOnly)
	a := user.must(t, week, today)
	require.Equal(t, "READY", a.get(t, "counselWeek.status"))
	require.InDelta(t, 3, a.get(t, "counselWeek.sessionCount"), 0)
	require.InDelta(t, 3, a.get(t, "counselWeek.messageCount"), 0)
	require.NotEmpty(t, a.get(t, "counselWeek.summary"))
	require.Equal(t, "ANXIETY", a.get(t, "counselWeek.emotions.0.emotion"))
	share := 0.0
	for _, e := range a.get(t, "counselWeek.emotions").([]any) {
		share += e.(map[string]any)["share"].(float64)
	}
	require.InDelta(t, 1, share, 1e-9)
	monday, err := time.Parse(time.DateOnly, a.get(t, "counselWeek.startDate").(string))
	require.NoError(t, err)
	require.Equal(t, time.Monday, monday.Weekday())
	require.Equal(t, monday.AddDate(0, 0, 6).Format(time.DateOnly), a.get(t, "counselWeek.endDate"))

	other := m.as(t, "jiho").must(t, week, today)
	require.Equal(t, "ABSENT", other.get(t, "counselWeek.status"), "nobody counts for another")
}

func TestWeeksAreNamedAfterTheMonthOfTheirThursday(t *testing.T) {
	t.Parallel()
	m := start(t)
	for day, want := range map[string]string{
		"2025-01-01": "2025년 1월 1주차", "2024-12-30": "2025년 1월 1주차", "2024-12-29": "2024년 12월 4주차",
		"2026-01-01": "2026년 1월 1주차", "2025-12-29": "2026년 1월 1주차", "2027-01-01": "2026년 12월 5주차",
		"2024-02-29": "2024년 2월 5주차", "2025-06-01": "2025년 5월 5주차",
	} {
		require.Equal(t, want, m.guest().must(t, `query($d: Date!) { weekLabel(date: $d) }`, map[string]any{"d": day}).get(t, "weekLabel"), day)
	}
}
