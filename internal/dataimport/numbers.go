package dataimport

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/calendar"
)

const (
	// amountParts is how many parts of a unit of currency are told apart.
	amountParts = 10_000
	// maxAmount bounds an amount, in units: some ten million of them still add up in 64 bits.
	maxAmount = 100_000_000
	// maxCount bounds a count for the same reason.
	maxCount = 1_000_000_000_000
)

// amount returns a decimal number in ten-thousandths. What is finer is rounded to the nearest, halves to
// the even one.
func (r row) amount(column string) (int64, error) {
	text := r.get(column)
	value, ok := decimal(text)
	if !ok || value.Cmp(big.NewRat(maxAmount, 1)) > 0 || value.Cmp(big.NewRat(-maxAmount, 1)) < 0 {
		return 0, fmt.Errorf("%s is %q, it must be a number from -%d to %d", column, text, maxAmount, maxAmount)
	}
	return roundHalfEven(value.Mul(value, big.NewRat(amountParts, 1))), nil
}

// plain is a decimal number: fractions and exponents, which [big.Rat] reads too, are none.
var plain = regexp.MustCompile(`^[+-]?([0-9]{1,20}(\.[0-9]{0,30})?|\.[0-9]{1,30})$`)

func decimal(text string) (*big.Rat, bool) {
	if !plain.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// roundHalfEven returns the nearest whole number, and the even one of two.
func roundHalfEven(x *big.Rat) int64 {
	doubled := new(big.Int).Lsh(x.Num(), 1)
	doubled.Add(doubled, x.Denom())
	rounded, rest := new(big.Int).DivMod(doubled, new(big.Int).Lsh(x.Denom(), 1), new(big.Int))
	if rest.Sign() == 0 && rounded.Bit(0) == 1 {
		rounded.Sub(rounded, big.NewInt(1))
	}
	return rounded.Int64()
}

// count returns a whole number; "2.0" is one.
func (r row) count(column string) (int64, error) {
	text := r.get(column)
	value, ok := decimal(text)
	if !ok || !value.IsInt() || !value.Num().IsInt64() {
		return 0, fmt.Errorf("%s is %q, it must be a whole number", column, text)
	}
	n := value.Num().Int64()
	if n > maxCount || n < -maxCount {
		return 0, fmt.Errorf("%s is %q, it must be from -%d to %d", column, text, int64(maxCount), int64(maxCount))
	}
	return n, nil
}

// optionalCount is [row.count]; nil when it is missing.
func (r row) optionalCount(column string) (*int64, error) {
	if r.get(column) == "" {
		return nil, nil
	}
	n, err := r.count(column)
	return &n, err
}

// date returns a calendar day that can be counted from 1970.
func (r row) date(column string) (calendar.Date, error) {
	day, err := calendar.ParseDate(r.get(column))
	if err != nil || day.Number() < 0 {
		return calendar.Date{}, fmt.Errorf("%s is %q, it must be a day such as 2026-01-31, from 1970 on", column, r.get(column))
	}
	return day, nil
}

// history returns a time whose day can be counted from 1970.
func (r row) history(column string) (time.Time, error) {
	t, err := r.instant(column)
	if err == nil && calendar.DateOf(t).Number() < 0 {
		err = fmt.Errorf("%s is %q, it must be from 1970 on", column, r.get(column))
	}
	return t, err
}

// span returns the numbers of the first and the last day of rows.
func span[T any](rows []T, day func(T) calendar.Date) (from, to int) {
	from, to = math.MaxInt32, 0
	for _, r := range rows {
		n := day(r).Number()
		from, to = min(from, n), max(to, n)
	}
	return from, to
}

// ids returns the ids of stores.
func ids(stores map[string]*ent.Store) []string {
	var found []string
	for _, s := range stores {
		found = append(found, s.ID)
	}
	return found
}
