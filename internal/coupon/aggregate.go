package coupon

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/queue"
)

// usageChunk is how many coupons are counted in one transaction: enough for one statement to do the
// work of a day, and a bound on how long the embedded database is kept from other writers.
const usageChunk = 250_000

// nightly is when the day before is counted: shortly after midnight in Seoul.
const nightly = 5 * time.Minute

// usageArgs ask to count the claims of the days From to To (YYYY-MM-DD in Asia/Seoul, both included);
// without them, of every day up to yesterday that was never counted.
type usageArgs struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Kind implements [queue.Args].
func (usageArgs) Kind() string { return "coupon_usage" }

// usageProgress is what operators see of the job.
type usageProgress struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Done         string `json:"done"`
	Rows         int64  `json:"rows"`
	Milliseconds int64  `json:"milliseconds"`
}

// afterMidnight returns the next moment of the nightly job after t.
func afterMidnight(t time.Time) time.Time {
	at := calendar.DateOf(t).Start().Add(nightly)
	if !at.After(t) {
		at = calendar.DateOf(t).End().Add(nightly)
	}
	return at
}

// aggregate handles the nightly job. It also expires what no other job has: claims of imported coupons.
func (s *Service) aggregate(ctx context.Context, args usageArgs) error {
	if err := s.expire(ctx, ""); err != nil {
		return err
	}
	from, to, err := s.usageRange(ctx, args)
	if err != nil {
		return err
	}
	progress, err := s.aggregateDays(ctx, from, to)
	if err != nil {
		return err
	}
	return queue.Report(ctx, progress)
}

// usageRange returns the days of the arguments, or those that were never counted. The last counted
// day is counted again, in case that was cut short.
func (s *Service) usageRange(ctx context.Context, args usageArgs) (from, to calendar.Date, err error) {
	to = calendar.DateOf(s.Now()).Add(-1)
	if args.To != "" {
		if to, err = calendar.ParseDate(args.To); err != nil {
			return from, to, fmt.Errorf("read the last day: %w", err)
		}
	}
	if args.From != "" {
		from, err = calendar.ParseDate(args.From)
		return from, to, err
	}
	last, err := scanNull[string](ctx, s.deps.DB, "SELECT MAX(date) FROM coupon_usage_days")
	if err != nil {
		return from, to, err
	}
	if last.Valid {
		from, err = calendar.ParseDate(last.V)
		return from, to, err
	}
	// No MIN here: SQLite would answer with a text instead of an instant.
	first, err := scanNull[time.Time](ctx, s.deps.DB, "SELECT claimed_at FROM coupon_claims ORDER BY claimed_at LIMIT 1")
	if err != nil || !first.Valid {
		return to.Add(1), to, err // nothing to count
	}
	return calendar.DateOf(first.V), to, nil
}

// scanNull reads one value; it is not valid when there is none.
func scanNull[T any](ctx context.Context, d *db.DB, query string, args ...any) (value sql.Null[T], err error) {
	rows, err := d.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return value, fmt.Errorf("look for the days to count: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	if rows.Next() {
		if err := rows.Scan(&value); err != nil {
			return value, fmt.Errorf("look for the days to count: %w", err)
		}
	}
	return value, rows.Err()
}

// AggregateUsage counts the claims and redemptions of every coupon on each of the days from to to,
// both included, into the table that [Service.Usage] reads. Doing it again replaces the counts, so
// that it can be restarted at any time.
func (s *Service) AggregateUsage(ctx context.Context, from, to calendar.Date) error {
	_, err := s.aggregateDays(ctx, from, to)
	return err
}

func (s *Service) aggregateDays(ctx context.Context, from, to calendar.Date) (usageProgress, error) {
	begun := time.Now()
	progress := usageProgress{From: from.String(), To: to.String()}
	if to.Before(from) {
		return progress, nil // everything is counted
	}
	bounds, err := s.chunks(ctx)
	if err != nil {
		return progress, err
	}
	for date := from; !to.Before(date); date = date.Add(1) {
		for i := range len(bounds) - 1 {
			rows, err := s.countChunk(ctx, date, bounds[i], bounds[i+1])
			if err != nil {
				return progress, fmt.Errorf("count the usage on %s: %w", date, err)
			}
			progress.Rows += rows
		}
		progress.Done, progress.Milliseconds = date.String(), time.Since(begun).Milliseconds()
		s.deps.Logger.DebugContext(ctx, "coupon usage of a day counted", "date", progress.Done, "rows", progress.Rows)
	}
	s.deps.Logger.InfoContext(ctx, "coupon usage counted", "from", progress.From, "to", progress.To,
		"rows", progress.Rows, "milliseconds", progress.Milliseconds)
	return progress, nil
}

// noBound stands for the beginning and for the end of all ids.
const noBound = ""

// chunks returns the borders of ranges of coupon ids, [noBound] first and last.
func (s *Service) chunks(ctx context.Context) ([]string, error) {
	bounds := []string{noBound}
	for {
		next, err := scanNull[string](ctx, s.deps.DB,
			fmt.Sprintf("SELECT id FROM coupons WHERE id > $1 ORDER BY id LIMIT 1 OFFSET %d", usageChunk-1), bounds[len(bounds)-1])
		if err != nil {
			return nil, err
		}
		if !next.Valid {
			return append(bounds, noBound), nil
		}
		bounds = append(bounds, next.V)
	}
}

// countUsage counts a day ($1, from $2 to before $3) for the coupons after $4 up to $5. Both halves
// run over an index that begins with the instant and holds the coupon. What was counted before and
// has not changed is not written again.
const countUsage = `
INSERT INTO coupon_usage_days (date, coupon_id, claimed, redeemed)
SELECT $1, coupon_id, SUM(claimed), SUM(redeemed) FROM (
  SELECT coupon_id, COUNT(*) AS claimed, 0 AS redeemed FROM coupon_claims
  WHERE claimed_at >= $2 AND claimed_at < $3 AND coupon_id > $4 AND ($5 = '' OR coupon_id <= $5) GROUP BY coupon_id
  UNION ALL
  SELECT coupon_id, 0 AS claimed, COUNT(*) AS redeemed FROM coupon_claims
  WHERE redeemed_at >= $2 AND redeemed_at < $3 AND coupon_id > $4 AND ($5 = '' OR coupon_id <= $5) GROUP BY coupon_id
) AS counted
GROUP BY coupon_id
ON CONFLICT (coupon_id, date) DO UPDATE SET claimed = excluded.claimed, redeemed = excluded.redeemed
WHERE coupon_usage_days.claimed <> excluded.claimed OR coupon_usage_days.redeemed <> excluded.redeemed`

func (s *Service) countChunk(ctx context.Context, date calendar.Date, after, upTo string) (n int64, err error) {
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		result, err := tx.ExecContext(ctx, countUsage, date.String(), date.Start(), date.End(), after, upTo)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}
