package trino

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"time"

	driverpkg "github.com/trinodb/trino-go-client/trino"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

// Decimal is an exact number as text, such as "-12.50": how DECIMAL comes and goes. Values are nil,
// bool, int64 (TINYINT to BIGINT), float64 (REAL, DOUBLE), Decimal, string (VARCHAR, CHAR, JSON, UUID),
// [calendar.Date] (DATE, whatever the zone) and time.Time (TIMESTAMP, in the zone of the URL where it
// has none; TIME, on the first day of the year 0). Other types come as the driver reads them.
// Arguments are these, int, []string and []int64 (an ARRAY).
type Decimal string

// decimal leaves out exponents, which would make a DOUBLE of the number.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]*)?$`)

// Column is a column of an answer.
type Column struct {
	Name string
	// Type is Trino's name of the type without its parameters, in lower case, such as "decimal".
	Type string
	// Precision and Scale are the parameters of a decimal; Precision is the digits of a second of a
	// timestamp. Otherwise they are zero.
	Precision, Scale int64
}

// columnsOf returns the columns of rows.
func columnsOf(rows driver.Rows) []Column {
	names := rows.Columns()
	columns := make([]Column, len(names))
	types, _ := rows.(driver.RowsColumnTypeDatabaseTypeName)
	sizes, _ := rows.(driver.RowsColumnTypePrecisionScale)
	for i, name := range names {
		columns[i].Name = name
		if types != nil {
			columns[i].Type = strings.ToLower(types.ColumnTypeDatabaseTypeName(i))
		}
		if sizes != nil {
			columns[i].Precision, columns[i].Scale, _ = sizes.ColumnTypePrecisionScale(i)
		}
	}
	return columns
}

// value turns what the driver has read into a value of the kinds above.
func (c Column) value(read driver.Value) (any, error) {
	switch v := read.(type) {
	case string:
		if c.Type == "decimal" {
			return Decimal(v), nil
		}
	case time.Time:
		if c.Type == "date" {
			day, err := calendar.ParseDate(v.Format(time.DateOnly))
			if err != nil {
				return nil, failed(ErrUnavailable, "a date is outside the calendar")
			}
			return day, nil
		}
	}
	return read, nil
}

// arguments returns args as the driver takes them. Mistakes are ours, so they are no faults; they name
// the argument's place and type, never its value.
func arguments(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		value, ok := argument(arg)
		if !ok {
			return nil, fmt.Errorf("trino: argument %d, a %T, cannot be sent", i+1, arg)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return values, nil
}

func argument(arg any) (driver.Value, bool) {
	switch v := arg.(type) {
	case nil, bool, int, int64, float64, string:
		return v, true
	case []string:
		return v, v != nil
	case []int64:
		return v, v != nil
	case Decimal:
		number := string(v)
		if !strings.Contains(number, ".") {
			number += "." // or it would be a BIGINT, and not fit
		}
		return driverpkg.Numeric(number), decimal.MatchString(number)
	case calendar.Date:
		return driverpkg.Date(v.Start().In(calendar.Seoul).Date()), true
	case time.Time:
		return v.UTC(), true
	}
	return nil, false
}
