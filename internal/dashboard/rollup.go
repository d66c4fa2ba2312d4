package dashboard

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	entdialect "entgo.io/ent/dialect"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/queue"
)

// rollupEvery is how often months are looked for whose order lines have changed.
const rollupEvery = 5 * time.Minute

// rollupArgs ask to sum up what has changed.
type rollupArgs struct{}

// Kind implements [queue.Args].
func (rollupArgs) Kind() string { return "order_rollup" }

// RegisterJobs tells the queue how to do what dashboards ask of it. Call it once, before the queue runs.
func (s *Service) RegisterJobs() {
	queue.Handle(s.deps.Queue, func(ctx context.Context, _ rollupArgs) error {
		done, err := s.RollUp(ctx)
		if err != nil {
			return err
		}
		return queue.Report(ctx, done)
	})
	s.deps.Queue.Every(func(t time.Time) time.Time { return t.Add(rollupEvery) }, true, rollupArgs{})
}

// RolledUp says what a run has summed up.
type RolledUp struct {
	Months int `json:"months"`
	Years  int `json:"years"`
}

// rolledDimension is a dimension that order lines are summed up by.
type rolledDimension struct {
	name, key, label string
	// daily says that days are kept too. Products and stores sell too little a day for that to be less than
	// the lines.
	daily bool
}

func rolledDimensions() []rolledDimension {
	return []rolledDimension{
		{"", "''", "''", true},
		{"category", "category", "''", true},
		{"store", "store_id", "''", false},
		{"product", "product_id", "MAX(product_name)", false},
	}
}

// The grains of rollups.
const (
	grainDay   = "D"
	grainMonth = "M"
	grainYear  = "Y"
)

// RollUp sums up the order lines of every month in which they have changed since, and then of its year. It
// can be cut short and run again at any time.
func (s *Service) RollUp(ctx context.Context) (done RolledUp, err error) {
	months, err := s.changedBuckets(ctx, grainMonth)
	if err != nil {
		return done, err
	}
	for _, month := range months {
		if err := s.rollUp(ctx, grainMonth, month, rollMonth); err != nil {
			return done, fmt.Errorf("sum up month %s: %w", calendar.MonthNumbered(month), err)
		}
		done.Months++
	}
	years, err := s.changedBuckets(ctx, grainYear)
	if err != nil {
		return done, err
	}
	for _, year := range years {
		if err := s.rollUp(ctx, grainYear, year, rollYear); err != nil {
			return done, fmt.Errorf("sum up year %d: %w", year, err)
		}
		done.Years++
	}
	return done, s.analyze(ctx, done)
}

// analyze gives PostgreSQL's planner fresh numbers after many changes, instead of some minutes later.
func (s *Service) analyze(ctx context.Context, done RolledUp) error {
	if !s.deps.DB.IsPostgres() || done == (RolledUp{}) {
		return nil
	}
	return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "ANALYZE order_rollups")
		return err
	})
}

// changedBuckets returns the buckets whose rollups are not what their lines say.
func (s *Service) changedBuckets(ctx context.Context, grain string) ([]int, error) {
	states, err := s.bucketStates(ctx)
	if err != nil {
		return nil, err
	}
	var changed []int
	for _, b := range states {
		if b.grain == grain && !b.clean() {
			changed = append(changed, b.number)
		}
	}
	return changed, nil
}

// rollUp sums up a bucket in one transaction, and says which version of its lines that is: a change that
// commits later counts another one.
func (s *Service) rollUp(ctx context.Context, grain string, number int, sum func(ctx context.Context, tx *db.Tx, number int) error) error {
	return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		version, err := lockBucket(ctx, tx, grain, number)
		if err != nil {
			return err
		}
		if grain == grainYear {
			if waits, err := monthsWait(ctx, tx, number); err != nil || waits {
				return err // it is summed up with the months that have changed meanwhile
			}
		}
		if err := sum(ctx, tx, number); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE order_buckets SET rolled = $1 WHERE grain = $2 AND bucket = $3", version, grain, number)
		return err
	})
}

// lockBucket returns the version of a bucket, which nobody counts up before the transaction ends.
func lockBucket(ctx context.Context, tx *db.Tx, grain string, number int) (version int64, err error) {
	query := "SELECT version FROM order_buckets WHERE grain = $1 AND bucket = $2"
	if tx.Dialect() == entdialect.Postgres {
		query += " FOR UPDATE"
	}
	return version, scanOne(ctx, tx, &version, query, grain, number)
}

// monthsWait reports whether a month of the year is not summed up.
func monthsWait(ctx context.Context, tx *db.Tx, year int) (bool, error) {
	var waiting int
	err := scanOne(ctx, tx, &waiting,
		"SELECT COUNT(*) FROM order_buckets WHERE grain = 'M' AND bucket >= $1 AND bucket < $2 AND version <> rolled", year*12, year*12+12)
	return waiting > 0, err
}

func scanOne(ctx context.Context, tx *db.Tx, into any, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	if rows.Next() {
		if err := rows.Scan(into); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rollMonth sums up the lines of a month, and those of its days.
func rollMonth(ctx context.Context, tx *db.Tx, month int) error {
	first, last := calendar.MonthNumbered(month).Number(), calendar.MonthNumbered(month+1).Number()-1
	for _, d := range rolledDimensions() {
		lines := "SELECT '%s', '%s', %s, month, %s, %s, COUNT(*), SUM(quantity), SUM(amount) FROM order_lines WHERE day >= $1 AND day <= $2 GROUP BY %s"
		by := func(columns ...string) string {
			if d.name != "" {
				columns = append(columns, d.key)
			}
			return strings.Join(columns, ", ")
		}
		if err := replaceRollups(ctx, tx, d.name, grainMonth, month, month,
			fmt.Sprintf(lines, d.name, grainMonth, "month", d.key, d.label, by("month")), first, last); err != nil {
			return err
		}
		if !d.daily {
			continue
		}
		if err := replaceRollups(ctx, tx, d.name, grainDay, first, last,
			fmt.Sprintf(lines, d.name, grainDay, "day", d.key, d.label, by("day", "month")), first, last); err != nil {
			return err
		}
	}
	return nil
}

// rollYear sums up the months of a year.
func rollYear(ctx context.Context, tx *db.Tx, year int) error {
	for _, d := range rolledDimensions() {
		months := "SELECT '" + d.name + "', 'Y', " + strconv.Itoa(year) + ", 0, key, MAX(label), SUM(lines), SUM(quantity), SUM(amount)" +
			" FROM order_rollups WHERE dimension = '" + d.name + "' AND grain = 'M' AND bucket >= $1 AND bucket <= $2 GROUP BY key"
		if err := replaceRollups(ctx, tx, d.name, grainYear, year, year, months, year*12, year*12+11); err != nil {
			return err
		}
	}
	return nil
}

// replaceRollups writes the rollups of the buckets from first to last anew, as a query says.
func replaceRollups(ctx context.Context, tx *db.Tx, dimension, grain string, first, last int, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM order_rollups WHERE dimension = $1 AND grain = $2 AND bucket >= $3 AND bucket <= $4", dimension, grain, first, last)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO order_rollups (dimension, grain, bucket, month, key, label, lines, quantity, amount) "+query, args...)
	return err
}
