package calendar

import (
	"fmt"
	"time"
)

// Week is an ISO 8601 week: Monday to Sunday. It belongs to the year and the month of its Thursday, which is
// where most of its days are.
type Week struct{ thursday Date }

// WeekOf returns the week of a day.
func WeekOf(d Date) Week {
	monday0 := (int(d.midnight.Weekday()) + 6) % 7
	return Week{d.Add(3 - monday0)}
}

// Monday returns the first day.
func (w Week) Monday() Date { return w.thursday.Add(-3) }

// Sunday returns the last day.
func (w Week) Sunday() Date { return w.thursday.Add(3) }

// ISO returns the year and the number of the week.
func (w Week) ISO() (year, week int) { return w.thursday.midnight.ISOWeek() }

// OfMonth returns the year and the month that the week belongs to, and which of the month's weeks it is,
// from 1 to 5.
func (w Week) OfMonth() (year int, month time.Month, number int) {
	year, month, day := w.thursday.midnight.Date()
	return year, month, (day-1)/7 + 1
}

// Label returns what Koreans call the week, such as 2025년 1월 1주차.
func (w Week) Label() string {
	year, month, number := w.OfMonth()
	return fmt.Sprintf("%d년 %d월 %d주차", year, month, number)
}
