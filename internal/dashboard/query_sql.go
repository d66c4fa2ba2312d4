package dashboard

import (
	"fmt"
	"strconv"
	"strings"
)

// table is where a source that speaks SQL keeps the data of a kind: expressions of the source, never of
// the client.
type table struct {
	// from is the table; source writes one that depends on the period, which then needs no condition.
	from   string
	source func(t *sqlText, period Period)
	// day and month are expressions of the numbers of the day and the month, see [calendar.Date.Number]; an
	// empty month is reckoned from the day.
	day, month string
	// instant or date is the column that the warehouse bounds the period by.
	instant, date string
	// store is an expression of the store's id.
	store string
	// count is a column that holds how many rows a row stands for; empty where it stands for itself.
	count string
	// columns are expressions of the columns of the catalogue.
	columns map[string]string
}

// request is what a query layer makes of a plan, for the data layer of its source.
type request struct {
	// sql and args are for sources that speak SQL.
	sql  string
	args []any
	// report is for analytics.
	report *Report
	// plan says what the columns of the answer are.
	plan *plan
}

// sqlText is a statement that is being written. Values of clients go in as arguments only.
type sqlText struct {
	strings.Builder
	dialect dialect
	args    []any
}

func (t *sqlText) add(parts ...string) {
	for _, part := range parts {
		_, _ = t.WriteString(part) // a builder takes everything
	}
}

// arg adds a value and returns its placeholder.
func (t *sqlText) arg(value any) string {
	t.args = append(t.args, value)
	return t.dialect.placeholder(len(t.args))
}

// sqlQuery is the query layer of sources that speak SQL.
type sqlQuery struct {
	dialect dialect
	tables  map[string]*table
}

// build implements [queryLayer]: one statement, whose columns are the dimensions, the labels of those that
// have some, and the components.
func (q sqlQuery) build(p *plan) (request, error) {
	from, ok := q.tables[p.kind.Name]
	if !ok {
		return request{}, fmt.Errorf("the source has no table of %s", p.kind.Name)
	}
	if p.rolled != nil {
		from = p.rolled.table()
	}
	t := &sqlText{dialect: q.dialect}
	t.add("SELECT ")
	comma := ""
	add := func(expression string) {
		t.add(comma, expression)
		comma = ", "
	}
	for _, d := range p.dimensions {
		key := q.key(p, from, d)
		if p.rolled == nil {
			key = q.dialect.key(key, p.period)
		}
		add(key)
	}
	grouped := p.rolled == nil || !p.rolled.areGroups(p)
	for _, d := range p.dimensions {
		switch {
		case d.label != "" && grouped:
			add("MAX(" + from.columns[d.label] + ")")
		case d.label != "":
			add(from.columns[d.label])
		}
	}
	for _, c := range p.components {
		add(q.component(from, c, grouped))
	}
	t.add(" FROM ")
	if from.source != nil {
		from.source(t, p.period)
	} else {
		t.add(from.from)
	}
	q.where(t, from, p)
	q.group(t, p, grouped)
	return request{sql: t.String(), args: t.args, plan: p}, nil
}

// key returns the expression of a dimension.
func (q sqlQuery) key(p *plan, from *table, d *Dimension) string {
	if d.Type != TypeTime {
		return from.columns[d.column]
	}
	switch p.grain {
	case Week:
		return "(" + from.day + " + 3) / 7" // see calendar.Date.WeekNumber
	case Month:
		if from.month == "" {
			return q.dialect.monthOf(from.day)
		}
		return from.month
	}
	return from.day
}

// component returns the expression of a component, over the rows of a group or, where there are no groups to
// make, of a row that is one.
func (q sqlQuery) component(from *table, c component, grouped bool) string {
	if !grouped {
		if c.fold == rowsOf {
			return from.count
		}
		return from.columns[c.column]
	}
	switch c.fold {
	case rowsOf:
		if from.count != "" {
			return q.dialect.sum(from.count, 1)
		}
		return "COUNT(*)"
	case distinctOf:
		return "COUNT(DISTINCT " + from.columns[c.column] + ")"
	}
	return q.dialect.sum(from.columns[c.column], c.parts)
}

func (q sqlQuery) where(t *sqlText, from *table, p *plan) {
	word := " WHERE "
	next := func() {
		t.add(word)
		word = " AND "
	}
	if from.source == nil {
		next()
		q.dialect.within(t, from, p.period)
	}
	if p.scope.owner != "" {
		next()
		q.dialect.owned(t, from, p.scope)
	}
	if p.scope.store != "" || p.scope.narrowed {
		next()
		t.add(from.store, " = ", t.arg(p.scope.store))
	}
	for _, c := range p.where {
		next()
		c.write(t, from.columns[c.column])
	}
}

// write adds the condition on an expression.
func (c condition) write(t *sqlText, expression string) {
	switch c.operator {
	case Contains:
		t.add("LOWER(", expression, ") LIKE LOWER(", t.arg("%"+likeEscaper.Replace(c.values[0])+"%"), `) ESCAPE '!'`)
	case NotEqual, NotIn:
		t.add(expression, " NOT IN (")
		c.list(t)
	default:
		t.add(expression, " IN (")
		c.list(t)
	}
}

func (c condition) list(t *sqlText) {
	for i, v := range c.values {
		if i > 0 {
			t.add(", ")
		}
		t.add(t.arg(v))
	}
	t.add(")")
}

// likeEscaper takes the meaning from the wildcards of LIKE.
var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// group ends the statement. Rows without dimensions are one group, and no group where there are none.
func (q sqlQuery) group(t *sqlText, p *plan, grouped bool) {
	if grouped && len(p.dimensions) == 0 {
		t.add(" HAVING COUNT(*) > 0")
		return
	}
	for i := 0; grouped && i < len(p.dimensions); i++ {
		t.add(map[bool]string{true: " GROUP BY ", false: ", "}[i == 0], strconv.Itoa(i+1))
	}
	t.add(" LIMIT ", strconv.Itoa(MaxGroups+1))
}
