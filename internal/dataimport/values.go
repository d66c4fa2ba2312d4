package dataimport

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/moa-bff/moa/internal/platform/db"
)

// id returns an external id, which must not be empty nor longer than 200 bytes.
func (r row) id(column string) (string, error) {
	text := r.get(column)
	if text == "" || len(text) > 200 || !utf8.ValidString(text) {
		return "", fmt.Errorf("%s must have 1 to 200 bytes of UTF-8", column)
	}
	return text, nil
}

// line returns a text of one line of least to most letters.
func (r row) line(column string, least, most int) (string, error) {
	text := db.Line(r.get(column))
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return "", fmt.Errorf("%s has %d letters, it must have %d to %d", column, n, least, most)
	}
	return text, nil
}

// integer returns a whole number from least to most.
func (r row) integer(column string, least, most int) (int, error) {
	n, err := strconv.Atoi(r.get(column))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is %q, it must be a whole number from %d to %d", column, r.get(column), least, most)
	}
	return n, nil
}

// degrees returns an angle of at most limit to either side; nil when it is missing.
func (r row) degrees(column string, limit float64) (*float64, error) {
	if r.get(column) == "" {
		return nil, nil
	}
	x, err := strconv.ParseFloat(r.get(column), 64)
	if err != nil || !(x >= -limit && x <= limit) {
		return nil, fmt.Errorf("%s is %q, it must be a number from %g to %g", column, r.get(column), -limit, limit)
	}
	return &x, nil
}

// instant returns a time as the database keeps it.
func (r row) instant(column string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, r.get(column))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is %q, it must be a time such as 2026-01-31T09:00:00+09:00 (RFC 3339)", column, r.get(column))
	}
	return db.Instant(t), nil
}

// optionalInstant is [row.instant]; nil when it is missing.
func (r row) optionalInstant(column string) (*time.Time, error) {
	if r.get(column) == "" {
		return nil, nil
	}
	t, err := r.instant(column)
	return &t, err
}

// equal reports whether both are missing or both are the same.
func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
