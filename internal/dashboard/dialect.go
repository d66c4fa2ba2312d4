package dashboard

import (
	"strconv"
)

// dialect is how a source writes what standard SQL leaves open.
type dialect interface {
	// placeholder returns the n-th placeholder, from 1.
	placeholder(n int) string
	// sum returns the sum of a column in whole numbers of parts.
	sum(column string, parts int64) string
	// within adds the condition that rows are of the period.
	within(t *sqlText, from *table, period Period)
	// key returns what rows of the period are grouped by.
	key(expression string, period Period) string
	// owned adds the condition that rows are of a store of the owner.
	owned(t *sqlText, from *table, s scope)
	// dayOf returns the number of the day in Asia/Seoul of an instant, and monthOf the number of the month
	// of the number of a day.
	dayOf(instant string) string
	monthOf(day string) string
}

// own is what the dialects of Moa's own databases have in common: days are kept as numbers, and amounts as
// whole numbers of parts.
type own struct{}

func (own) placeholder(n int) string { return "$" + strconv.Itoa(n) }

func (own) within(t *sqlText, from *table, period Period) {
	between(t, from.day, period.From.Number(), period.To.Number())
}

func (own) key(expression string, _ Period) string { return expression }

func between(t *sqlText, day string, first, last int) {
	t.add(day, " >= ", t.arg(first), " AND ", day, " <= ", t.arg(last))
}

func (own) owned(t *sqlText, from *table, s scope) {
	t.add(from.store, " IN (SELECT id FROM stores WHERE owner_id = ", t.arg(s.owner), ")")
}

// sqlite is the dialect of SQLite (https://www.sqlite.org/lang.html), which keeps instants as texts.
type sqlite struct{ own }

// scanDays is from how many days on SQLite reads a table from end to end. It would look up each row through
// the index of days, in no order, which takes thirty times as long where most rows are of the period; and it
// keeps no numbers by which it could tell.
const scanDays = 32

// within hides the day from the index where the period is long: see [scanDays].
func (sqlite) within(t *sqlText, from *table, period Period) {
	day := from.day
	if period.Days() >= scanDays {
		day = "+" + day
	}
	between(t, day, period.From.Number(), period.To.Number())
}

// key hides what is grouped by from the indexes too: SQLite would rather read the rows of each store through the
// index of stores than put groups in order by itself.
func (sqlite) key(expression string, period Period) string {
	if period.Days() >= scanDays {
		return "+" + expression
	}
	return expression
}

func (sqlite) sum(column string, _ int64) string { return "SUM(" + column + ")" }

func (sqlite) dayOf(instant string) string {
	return "(CAST(strftime('%s', " + instant + ") AS INTEGER) + 32400) / 86400" // Seoul is nine hours ahead
}

func (sqlite) monthOf(day string) string {
	date := "(" + day + ") * 86400, 'unixepoch'"
	return "CAST(strftime('%Y', " + date + ") AS INTEGER) * 12 + CAST(strftime('%m', " + date + ") AS INTEGER) - 1"
}

// postgres is the dialect of PostgreSQL 15 and later, whose sums of integers are of unbounded size.
type postgres struct{ own }

func (postgres) sum(column string, _ int64) string { return "CAST(SUM(" + column + ") AS BIGINT)" }

func (postgres) dayOf(instant string) string {
	return "(CAST(FLOOR(EXTRACT(EPOCH FROM " + instant + ")) AS BIGINT) + 32400) / 86400"
}

func (postgres) monthOf(day string) string {
	date := "DATE '1970-01-01' + CAST(" + day + " AS INTEGER)"
	return "CAST(EXTRACT(YEAR FROM " + date + ") * 12 + EXTRACT(MONTH FROM " + date + ") - 1 AS BIGINT)"
}
