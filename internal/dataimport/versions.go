package dataimport

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// countVersion counts a change of the data of a kind, and countBucket one of the order lines of a month or
// a year.
const (
	countVersion = `INSERT INTO data_versions (kind, version) VALUES ($1, 1)
ON CONFLICT (kind) DO UPDATE SET version = data_versions.version + 1`
	countBucket = `INSERT INTO order_buckets (grain, bucket, version, rolled) VALUES ($1, $2, 1, 0)
ON CONFLICT (grain, bucket) DO UPDATE SET version = order_buckets.version + 1`
)

// count tells readers of the data of the kind that it has changed, in the transaction of the change.
func (b *batch) count(ctx context.Context, k kind) error {
	if k.data == "" || b.created+b.updated == 0 {
		return nil
	}
	if _, err := b.tx.ExecContext(ctx, countVersion, k.data); err != nil {
		return fmt.Errorf("count a change of %s: %w", k.data, err)
	}
	years := map[int]bool{}
	for _, month := range slices.Sorted(maps.Keys(b.months)) { // in order, so that two imports never wait for each other
		years[month/12] = true
		if _, err := b.tx.ExecContext(ctx, countBucket, "M", month); err != nil {
			return fmt.Errorf("count a change of month %d: %w", month, err)
		}
	}
	for _, year := range slices.Sorted(maps.Keys(years)) {
		if _, err := b.tx.ExecContext(ctx, countBucket, "Y", year); err != nil {
			return fmt.Errorf("count a change of year %d: %w", year, err)
		}
	}
	return nil
}
