package calendar

import "time"

// Number returns how many days the day comes after 1970-01-01.
func (d Date) Number() int {
	y, m, day := d.midnight.Date()
	return int(time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// DayNumbered returns the day that comes n days after 1970-01-01.
func DayNumbered(n int) Date {
	y, m, d := time.Unix(int64(n)*24*60*60, 0).UTC().Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, Seoul)}
}

// MonthNumber returns how many months the month of the day comes after January of the year 0.
func (d Date) MonthNumber() int { return d.midnight.Year()*12 + int(d.midnight.Month()) - 1 }

// MonthNumbered returns the first day of the month that comes n months after January of the year 0.
func MonthNumbered(n int) Date {
	return Date{time.Date(n/12, time.Month(n%12+1), 1, 0, 0, 0, 0, Seoul)}
}

// WeekNumber returns how many weeks, which begin on Monday, the week of the day comes after the one that
// holds 1970-01-01, a Thursday. The day must not be earlier than that.
func (d Date) WeekNumber() int { return (d.Number() + daysBefore1970) / 7 }

// WeekNumbered returns the Monday of the week that comes n weeks after the one that holds 1970-01-01.
func WeekNumbered(n int) Date { return DayNumbered(n*7 - daysBefore1970) }

// daysBefore1970 is how many days of its week lie before 1970-01-01.
const daysBefore1970 = 3

// ISOWeek returns the week of the day by ISO 8601, and the year that it belongs to.
func (d Date) ISOWeek() (year, week int) { return d.midnight.ISOWeek() }

// AddYears returns the same day n years later, and 28 February for a 29th that is not there.
func (d Date) AddYears(n int) Date { return d.AddMonths(12 * n) }

// AddMonths returns the same day n months later, and the last of a shorter month for a day that is not
// there.
func (d Date) AddMonths(n int) Date {
	month := d.MonthNumber() + n
	last := MonthNumbered(month + 1).Add(-1)
	return MonthNumbered(month).Add(min(d.midnight.Day(), last.midnight.Day()) - 1)
}

// IsFirstOfMonth and IsLastOfMonth tell where in its month the day is.
func (d Date) IsFirstOfMonth() bool { return d.midnight.Day() == 1 }

// IsLastOfMonth reports whether the next day is in another month.
func (d Date) IsLastOfMonth() bool { return d.Add(1).IsFirstOfMonth() }

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; anything else is [fault.InvalidArgument].
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
