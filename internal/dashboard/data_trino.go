package dashboard

import (
	"context"
	"fmt"
	"strconv"
)

// Warehouse asks Trino: a statement with a question mark for each argument, and a function that is called with
// each row. Whole numbers come as int64, and decimals as texts, or as values that print as such.
type Warehouse func(ctx context.Context, statement string, args []any, row func(values []any) error) error

// trinoData is the data layer of Trino, which orders and advertising share.
type trinoData struct {
	ask   Warehouse
	names externalNames
}

// read implements [dataLayer]. The groups are handed over once all are there: their stores and customers
// are known by external ids, and are looked up together.
func (d trinoData) read(ctx context.Context, r request, each func(group) error) error {
	var groups []group
	err := d.ask(ctx, r.sql, r.args, func(values []any) error {
		if len(groups) > MaxGroups {
			return ErrTooManyRows.With(len(groups), MaxGroups).At("dimensions")
		}
		g, err := groupOf(r.plan, values)
		groups = append(groups, g)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask the warehouse for %s: %w", r.plan.kind.Name, err)
	}
	if err := d.names.internal(ctx, r.plan, groups); err != nil {
		return err
	}
	for _, g := range groups {
		if err := each(g); err != nil {
			return err
		}
	}
	return nil
}

// groupOf reads a row: keys, labels, components, as [sqlQuery.build] asks.
func groupOf(p *plan, values []any) (group, error) {
	g := group{keys: make([]string, len(p.dimensions)), labels: make([]string, len(p.dimensions)), nums: make([]number, len(p.components))}
	wanted := len(p.dimensions) + len(p.components)
	for _, d := range p.dimensions {
		if d.label != "" {
			wanted++
		}
	}
	if len(values) != wanted {
		return g, fmt.Errorf("a row has %d values, not %d", len(values), wanted)
	}
	for i, d := range p.dimensions {
		if d.Type == TypeTime {
			bucket, ok := whole(values[i], 1)
			if !ok {
				return g, fmt.Errorf("%v is no number of a bucket of time", values[i])
			}
			g.bucket = int(bucket.n)
			continue
		}
		g.keys[i] = textOf(values[i])
	}
	values = values[len(p.dimensions):]
	for i, d := range p.dimensions {
		if d.label != "" {
			g.labels[i], values = textOf(values[0]), values[1:]
		}
	}
	for i, c := range p.components {
		var ok bool
		if g.nums[i], ok = whole(values[i], c.parts); !ok {
			return g, fmt.Errorf("%v is no exact %s", values[i], c.name)
		}
	}
	return g, nil
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// whole reads a value as a whole number of parts; false where it is not one.
func whole(value any, parts int64) (number, bool) {
	switch v := value.(type) {
	case nil:
		return number{}, true
	case int64:
		n, ok := partsOf(strconv.FormatInt(v, 10), parts)
		return number{n, true}, ok
	}
	n, ok := partsOf(fmt.Sprint(value), parts)
	return number{n, true}, ok
}
