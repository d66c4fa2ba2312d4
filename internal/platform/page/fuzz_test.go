package page_test

import (
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
)

// item is a row of a list, with a value of each kind that lists are ordered by.
type item struct {
	id      string
	text    string
	number  int
	instant time.Time
	measure float64
}

func itemID(i item) string { return i.id }

// order is one kind of order, and the value of an item in it: nil when that is the id alone.
type order struct {
	sort  page.Sort[item]
	value func(item) any
}

func orders(desc bool) map[string]order {
	column := func(s *sql.Selector) string { return s.C("measure") }
	return map[string]order{
		"id":      {page.ByID(desc, itemID), nil},
		"text":    {page.ByText("text", desc, itemID, func(i item) string { return i.text }), func(i item) any { return i.text }},
		"number":  {page.ByInt("number", desc, itemID, func(i item) int { return i.number }), func(i item) any { return i.number }},
		"instant": {page.ByTime("instant", desc, itemID, func(i item) time.Time { return i.instant }), func(i item) any { return i.instant }},
		"measure": {
			page.ByFloat("measure", column, desc, itemID, func(i item) float64 { return i.measure }),
			func(i item) any { return i.measure },
		},
	}
}

// bounds returns what a window demands of the rows: the arguments of its statement.
func bounds(w page.Window[item]) []any {
	s := sql.Dialect(dialect.Postgres).Select("*").From(sql.Table("items"))
	w.Select(s)
	_, args := s.Query()
	return args
}

// FuzzCursor holds that any text is either a position that a database can be asked for or an invalid
// argument, and that the cursor of a row means this row again and nothing to another order.
func FuzzCursor(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, id, title string, number int, micros int64, measure float64, desc bool) {
		for name, o := range orders(desc) {
			window, err := page.NewWindow(page.Args{After: &text, Before: &text}, o.sort)
			if err != nil {
				require.ErrorIs(t, err, fault.InvalidArgument, name)
				continue
			}
			requireStorable(t, bounds(window))
		}
		row := item{id, title, number, time.UnixMicro(micros).UTC(), measure}
		if !utf8.ValidString(id+title) || !storable(id) || !storable(title) || !storable(measure) ||
			row.instant.Year() < 0 || row.instant.Year() > 9999 {
			return // no database gave us such a row
		}
		requireRoundTrip(t, row, desc)
	})
}

func requireRoundTrip(t *testing.T, row item, desc bool) {
	t.Helper()
	all := orders(desc)
	for name, o := range all {
		want := []any{row.id}
		if o.value != nil {
			want = []any{o.value(row), o.value(row), row.id}
		}
		first, err := page.NewWindow(page.Args{}, o.sort)
		require.NoError(t, err)
		cursor := first.Build([]item{row}).Edges[0].Cursor
		next, err := page.NewWindow(page.Args{After: &cursor}, o.sort)
		require.NoError(t, err, name)
		require.Equal(t, want, bounds(next), name)
		for other, foreign := range all {
			if other == name {
				continue
			}
			_, err := page.NewWindow(page.Args{Before: &cursor}, foreign.sort)
			require.ErrorIs(t, err, fault.InvalidArgument, "%s took a cursor of %s", other, name)
		}
	}
}

// requireStorable holds that every database can compare with the values.
func requireStorable(t *testing.T, values []any) {
	t.Helper()
	for _, v := range values {
		require.True(t, storable(v), "%#v", v)
	}
}

func storable(value any) bool {
	switch v := value.(type) {
	case string:
		for _, c := range v {
			if c == 0 {
				return false
			}
		}
		return utf8.ValidString(v)
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	default:
		return true
	}
}
