package dashboard

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/moa-bff/moa/internal/platform/db"
)

// databaseData is the data layer of Moa's own database.
type databaseData struct{ db *db.DB }

// read implements [dataLayer].
func (d databaseData) read(ctx context.Context, r request, each func(group) error) error {
	rows, err := d.db.Read().QueryContext(ctx, r.sql, r.args...)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", r.plan.kind.Name, db.Fault(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	line := newLine(r.plan)
	for rows.Next() {
		if err := rows.Scan(line.places...); err != nil {
			return fmt.Errorf("read %s: %w", r.plan.kind.Name, err)
		}
		if err := each(line.group()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", r.plan.kind.Name, db.Fault(err))
	}
	return nil
}

// line is where the columns of a row are scanned to: keys, labels, components, as [sqlQuery.build] asks.
type line struct {
	plan   *plan
	bucket int
	keys   []string
	labels []string
	nums   []sql.NullInt64
	places []any
	// texts and numbers are room for the next groups, made for many at once.
	texts   []string
	numbers []number
}

// roomFor is for how many groups room is made at once.
const roomFor = 64

func newLine(p *plan) *line {
	l := &line{plan: p, keys: make([]string, len(p.dimensions)), labels: make([]string, len(p.dimensions)), nums: make([]sql.NullInt64, len(p.components))}
	for i, d := range p.dimensions {
		if d.Type == TypeTime {
			l.places = append(l.places, &l.bucket)
			continue
		}
		l.places = append(l.places, &l.keys[i])
	}
	for i, d := range p.dimensions {
		if d.label != "" {
			l.places = append(l.places, &l.labels[i])
		}
	}
	for i := range l.nums {
		l.places = append(l.places, &l.nums[i])
	}
	return l
}

// group copies the row that was scanned last.
func (l *line) group() group {
	if len(l.texts) < 2*len(l.keys) || len(l.numbers) < len(l.nums) {
		l.texts, l.numbers = make([]string, roomFor*2*len(l.keys)), make([]number, roomFor*len(l.nums))
	}
	g := group{bucket: l.bucket, keys: cutOff(&l.texts, len(l.keys)), labels: cutOff(&l.texts, len(l.labels)), nums: cutOff(&l.numbers, len(l.nums))}
	copy(g.keys, l.keys)
	copy(g.labels, l.labels)
	for i, n := range l.nums {
		g.nums[i] = number{n.Int64, n.Valid}
	}
	return g
}

// cutOff takes the first n of what is left.
func cutOff[T any](left *[]T, n int) []T {
	first := (*left)[:n:n]
	*left = (*left)[n:]
	return first
}
