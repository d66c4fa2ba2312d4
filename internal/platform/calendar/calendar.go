// Package calendar knows the business calendar of Moa, which is Asia/Seoul, whatever the clock
// of the server says. Storage is UTC.
package calendar

import (
	"io"
	"strconv"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Seoul is the zone of the business calendar: UTC+9 without daylight saving since 1988, so that
// no zone database is needed.
var Seoul = time.FixedZone("Asia/Seoul", 9*60*60)

// Date is a calendar day in Asia/Seoul, kept as the instant of its midnight.
type Date struct{ midnight time.Time }

// DateOf returns the day of t in Asia/Seoul.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Seoul).Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, Seoul)}
}

// ParseDate reads YYYY-MM-DD. Anything else is [fault.InvalidArgument].
func ParseDate(text string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, Seoul)
	if err != nil {
		return Date{}, fault.InvalidArgument.Saying("argument.date").Wrap(err)
	}
	return Date{t}, nil
}

// Start returns the instant at which the day begins, in UTC.
func (d Date) Start() time.Time { return d.midnight.UTC() }

// End returns the instant at which the next day begins, in UTC.
func (d Date) End() time.Time { return d.Add(1).Start() }

// Add returns the day n days later.
func (d Date) Add(n int) Date { return Date{d.midnight.AddDate(0, 0, n)} }

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.midnight.Before(other.midnight) }

// DaysUntil returns how many days later other is.
func (d Date) DaysUntil(other Date) int {
	return int(other.midnight.Sub(d.midnight) / (24 * time.Hour))
}

// String returns YYYY-MM-DD.
func (d Date) String() string { return d.midnight.Format(time.DateOnly) }

// MarshalGQL writes the day for GraphQL.
func (d Date) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL reads a day from GraphQL.
func (d *Date) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return fault.InvalidArgument.Saying("argument.date")
	}
	parsed, err := ParseDate(text)
	*d = parsed
	return err
}
