package dataimport

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/moa-bff/moa/ent/adspend"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/orderline"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/ent/visit"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// kind is something that can be imported.
type kind struct {
	name string
	// columns must be in the file, in any order; others are ignored.
	columns []string
	// key are the columns that tell rows apart.
	key []string
	// tables are what it fills.
	tables []string
	// data is the kind of data that questions see otherwise afterwards; empty for none.
	data string
	// write brings rows with different keys into the database.
	write func(ctx context.Context, b *batch, rows []row) error
}

// kinds are all that can be imported.
func kinds() []kind {
	return []kind{
		{
			name:    "stores",
			columns: []string{"external_id", "name", "category", "address", "latitude", "longitude", "owner_email"},
			key:     []string{"external_id"},
			tables:  []string{store.Table, user.Table},
			write:   writeStores,
		},
		{
			name:    "customers",
			columns: []string{"external_id", "email", "name"},
			key:     []string{"external_id"},
			tables:  []string{user.Table},
			write:   writeCustomers,
		},
		{
			name: "coupons",
			columns: []string{
				"external_id", "store_external_id", "title", "kind", "value", "quantity",
				"starts_at", "ends_at", "expires_at",
			},
			key:    []string{"external_id"},
			tables: []string{coupon.Table},
			write:  writeCoupons,
		},
		{
			name:    "claims",
			columns: []string{"coupon_external_id", "customer_external_id", "claimed_at", "redeemed_at"},
			key:     []string{"coupon_external_id", "customer_external_id"},
			tables:  []string{couponclaim.Table, coupon.Table},
			data:    "coupons",
			write:   writeClaims,
		},
		{
			name: "orders",
			columns: []string{
				"order_id", "line_no", "ordered_at", "store_external_id", "customer_external_id",
				"product_id", "product_name", "category", "quantity", "amount",
			},
			key:    []string{"order_id", "line_no"},
			tables: []string{orderline.Table},
			data:   "orders",
			write:  writeOrders,
		},
		{
			name:    "ads",
			columns: []string{"date", "store_external_id", "channel", "campaign", "spend", "impressions", "clicks"},
			key:     []string{"date", "store_external_id", "channel", "campaign"},
			tables:  []string{adspend.Table},
			data:    "ads",
			write:   writeAds,
		},
		{
			name:    "visits",
			columns: []string{"date", "store_external_id", "channel", "sessions", "page_views", "conversions"},
			key:     []string{"date", "store_external_id", "channel"},
			tables:  []string{visit.Table},
			data:    "visits",
			write:   writeVisits,
		},
	}
}

// Kinds returns the names of what can be imported, in the order in which rows build upon each other.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

func kindOf(name string) (kind, error) {
	for _, k := range kinds() {
		if k.name == name {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("there is no kind %q: choose one of %s", name, strings.Join(Kinds(), ", "))
}

// batch is what one transaction writes.
type batch struct {
	tx  *db.Tx
	now time.Time

	created, updated, unchanged int
	rejected                    []rejected
	days                        map[calendar.Date]bool
	months                      map[int]bool // whose order lines changed
}

// write gives the kind rows with different keys. A row whose key stands above in the same batch comes
// after it, as it would in a later batch.
func (b *batch) write(ctx context.Context, k kind, rows []row) error {
	for len(rows) > 0 {
		var now, later []row
		seen := map[string]bool{}
		for _, r := range rows {
			var key strings.Builder
			for _, column := range k.key {
				key.WriteString(r.get(column) + "\x00")
			}
			if seen[key.String()] {
				later = append(later, r)
				continue
			}
			seen[key.String()] = true
			now = append(now, r)
		}
		if err := k.write(ctx, b, now); err != nil {
			return err
		}
		rows = later
	}
	return b.count(ctx, k)
}

// reject leaves a row out.
func (b *batch) reject(r row, reason string, args ...any) {
	b.rejected = append(b.rejected, rejected{r, fmt.Sprintf(reason, args...)})
}

// parse reads every row and rejects those that cannot be read.
func parse[T any](b *batch, rows []row, read func(row) (T, error)) []T {
	parsed := make([]T, 0, len(rows))
	for _, r := range rows {
		value, err := read(r)
		if err != nil {
			b.reject(r, "%v", err)
			continue
		}
		parsed = append(parsed, value)
	}
	return parsed
}

// collect returns the different values of the rows.
func collect[T any](rows []T, value func(T) string) []string {
	set := map[string]bool{}
	for _, r := range rows {
		set[value(r)] = true
	}
	return slices.Collect(maps.Keys(set))
}

func sorted(days map[calendar.Date]bool) []calendar.Date {
	return slices.SortedFunc(maps.Keys(days), func(a, b calendar.Date) int {
		return cmp.Compare(a.String(), b.String())
	})
}
