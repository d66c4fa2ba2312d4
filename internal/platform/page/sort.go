package page

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Sort is a total order of a list: by one column and, where that is equal, by id.
type Sort[T any] struct {
	// Expr is the SQL expression to order by, from the subject's own code and never from input;
	// nil orders by id alone, which is the order of creation.
	Expr func(s *sql.Selector) string
	// Name tells cursors of different orders apart.
	Name string
	// Desc is true for largest first.
	Desc bool

	id     func(T) string
	format func(T) string
	parse  func(string) (any, error)
}

// position is a place in a list: the value of the order's expression, and the id.
type position struct {
	value any
	id    string
}

// ByID orders by id: by creation, because ids are time-ordered.
func ByID[T any](desc bool, id func(T) string) Sort[T] {
	return Sort[T]{Name: "id", Desc: desc, id: id}
}

// ByTime orders by a column that holds an instant.
func ByTime[T any](column string, desc bool, id func(T) string, value func(T) time.Time) Sort[T] {
	return Sort[T]{
		Expr: columnOf(column), Name: column, Desc: desc, id: id,
		format: func(row T) string { return value(row).UTC().Format(time.RFC3339Nano) },
		parse:  func(s string) (any, error) { return time.Parse(time.RFC3339Nano, s) },
	}
}

// ByInt orders by a column that holds an integer.
func ByInt[T any](column string, desc bool, id func(T) string, value func(T) int) Sort[T] {
	return Sort[T]{
		Expr: columnOf(column), Name: column, Desc: desc, id: id,
		format: func(row T) string { return strconv.Itoa(value(row)) },
		parse:  func(s string) (any, error) { return strconv.Atoi(s) },
	}
}

// ByText orders by a column that holds text.
func ByText[T any](column string, desc bool, id func(T) string, value func(T) string) Sort[T] {
	return Sort[T]{
		Expr: columnOf(column), Name: column, Desc: desc, id: id,
		format: value,
		parse:  func(s string) (any, error) { return s, nil },
	}
}

// ByFloat orders by an expression that yields a number; name tells its cursors apart.
func ByFloat[T any](name string, expr func(s *sql.Selector) string, desc bool, id func(T) string, value func(T) float64) Sort[T] {
	return Sort[T]{
		Expr: expr, Name: name, Desc: desc, id: id,
		format: func(row T) string { return strconv.FormatFloat(value(row), 'g', -1, 64) },
		parse:  parseFinite,
	}
}

// parseFinite refuses what is no number to every database: NaN compares with nothing in SQLite, and with
// everything in PostgreSQL.
func parseFinite(text string) (any, error) {
	number, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(number) || math.IsInf(number, 0)) {
		err = strconv.ErrRange
	}
	return number, err
}

func columnOf(name string) func(s *sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

// encode returns the cursor of row: opaque to clients, readable to us.
func (o Sort[T]) encode(row T) string {
	parts := []string{o.Name, o.id(row)}
	if o.format != nil {
		parts = append(parts, o.format(row))
	}
	text := make([]byte, 0, 128)
	for i, part := range parts {
		text = appendString(append(text, "[,"[min(i, 1)]), part)
	}
	return base64.RawURLEncoding.EncodeToString(append(text, ']'))
}

// appendString appends a string of JSON. Every row of every list has a cursor, so what needs no
// escapes, as ids and numbers, does without the encoder.
func appendString(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // strings always marshal
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// decode reads a cursor of this order; a nil cursor is no position.
func (o Sort[T]) decode(cursor *string) (*position, error) {
	if cursor == nil {
		return nil, nil
	}
	bad := fault.InvalidArgument.Saying("argument.cursor").At("cursor")
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err != nil {
		return nil, bad.Wrap(err)
	}
	var parts []string
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, bad.Wrap(err)
	}
	want := 2
	if o.parse != nil {
		want = 3
	}
	if len(parts) != want || parts[0] != o.Name || slices.ContainsFunc(parts, hasNUL) {
		return nil, bad
	}
	p := &position{id: parts[1]}
	if o.parse == nil {
		return p, nil
	}
	if p.value, err = o.parse(parts[2]); err != nil {
		return nil, bad.Wrap(err)
	}
	return p, nil
}

// hasNUL reports whether text holds what PostgreSQL does not store.
func hasNUL(text string) bool { return strings.IndexByte(text, 0) >= 0 }

// Select narrows, orders and limits s to the window. Use it with the query's Modify.
func (w Window[T]) Select(s *sql.Selector) {
	w.narrow(s)
	s.OrderBy(w.orderTerms(s)...).Limit(w.Limit())
}

// narrow adds the conditions of the cursors.
func (w Window[T]) narrow(s *sql.Selector) {
	if w.after != nil {
		s.Where(w.beyond(s, *w.after, !w.sort.Desc))
	}
	if w.before != nil {
		s.Where(w.beyond(s, *w.before, w.sort.Desc))
	}
}

// beyond holds for the rows on the far side of p; up means larger. It is spelled as a pair of
// comparisons because SQLite cannot use an index for row values with mixed expressions.
func (w Window[T]) beyond(s *sql.Selector, p position, up bool) *sql.Predicate {
	compare := func(expr string, v any) *sql.Predicate {
		op := sql.OpLT
		if up {
			op = sql.OpGT
		}
		return sql.P(func(b *sql.Builder) { b.WriteString(expr).WriteOp(op).Arg(v) })
	}
	byID := compare(s.C("id"), p.id)
	if w.sort.Expr == nil {
		return byID
	}
	expr := w.sort.Expr(s)
	equal := sql.P(func(b *sql.Builder) { b.WriteString(expr).WriteOp(sql.OpEQ).Arg(p.value) })
	return sql.Or(compare(expr, p.value), sql.And(equal, byID))
}

// orderTerms returns the ORDER BY of the window; a backward page is fetched in the opposite order.
func (w Window[T]) orderTerms(s *sql.Selector) []string {
	direction := sql.Asc
	if w.sort.Desc != w.backward {
		direction = sql.Desc
	}
	terms := []string{direction(s.C("id"))}
	if w.sort.Expr != nil {
		terms = append([]string{direction(w.sort.Expr(s))}, terms...)
	}
	return terms
}

// SelectEach narrows s to the window of each group apart: the first rows of each of the keys in the column
// group, in one statement. Build the page of a group from its rows.
func (w Window[T]) SelectEach(s *sql.Selector, group string, keys []string) {
	w.narrow(s)
	if s.Dialect() == dialect.Postgres {
		w.seek(s, group, keys)
	} else {
		w.probe(s, group, keys)
	}
}

// seek asks for the first rows of each key in turn, so that an index by group and order reads no others.
func (w Window[T]) seek(s *sql.Selector, group string, keys []string) {
	table, order := s.TableName(), w.orderTerms(s)
	page := s.Clone().Where(sql.ExprP(s.C(group) + ` = "keys"."key"`)).OrderBy(order...).Limit(w.Limit())
	s.SetP(nil).OrderBy(order...).FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("UNNEST(").Arg(keys).WriteString(`::text[]) AS "keys"("key") CROSS JOIN LATERAL (`)
		b.Join(page).WriteString(") AS ").Ident(table)
	}))
}

// probe does what [Window.seek] does for SQLite, which knows no lateral join: a subquery finds the rows of each
// key by the numbers that SQLite gives to rows. Numbering the rows of all groups by a window function would read
// all of them, with every column.
func (w Window[T]) probe(s *sql.Selector, group string, keys []string) {
	table, order := s.TableName(), w.orderTerms(s)
	text, _ := json.Marshal(keys) // strings always marshal
	page := s.Clone().Select(s.C("rowid")).Where(sql.ExprP(s.C(group) + " = `keys`.`value`")).OrderBy(order...).Limit(w.Limit())
	s.SetP(sql.In(s.C("rowid"), page)).OrderBy(order...).FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("json_each(").Arg(string(text)).WriteString(") AS `keys` CROSS JOIN ").Ident(table)
	}))
}
