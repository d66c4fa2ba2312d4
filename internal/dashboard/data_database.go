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
}

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
	texts := make([]string, 2*len(l.keys))
	copy(texts, l.keys)
	copy(texts[len(l.keys):], l.labels)
	g := group{bucket: l.bucket, keys: texts[:len(l.keys)], labels: texts[len(l.keys):], nums: make([]number, len(l.nums))}
	for i, n := range l.nums {
		g.nums[i] = number{n.Int64, n.Valid}
	}
	return g
}
