package dataimport_test

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/visit"
	"github.com/moa-bff/moa/internal/dataimport"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// shared returns a file of public data that lies beside the repository; without it the test skips.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "import", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data are not beside the repository: %v", err)
	}
	return path
}

func TestPublicData(t *testing.T) {
	if testing.Short() {
		t.Skip("89,687 rows on two databases")
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, f := range []struct {
			kind, name string
			rows       int
		}{
			{"stores", "korean_stores.csv.gz", 89_687},
			{"stores", "cj_stores.csv.gz", 293},
			{"customers", "cj_customers.csv.gz", 2_379},
			{"coupons", "cj_coupons.csv.gz", 1_197},
			{"claims", "cj_claims.csv.gz", 2_075},
			{"orders", "cj_orders.csv.gz", 75_000},
			{"ads", "ads.csv.gz", 1_040},
		} {
			path := shared(t, f.name)
			first := run(t, d, f.kind, path)
			require.Equal(t, [4]int{f.rows, 0, 0, 0}, counts(first), f.name)
			again := run(t, d, f.kind, path)
			require.Equal(t, [4]int{0, 0, f.rows, 0}, counts(again), f.name)
			t.Logf("%s: %v, again %v", f.name, first.Duration.Round(time.Millisecond), again.Duration.Round(time.Millisecond))
		}
		requireCountsAreClaims(t, d)
		unplaced, err := d.Read().Store.Query().Where(store.LatitudeIsNil()).Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2_162+1+293, unplaced)
	})
}

// TestPublicVisits imports the sessions of an online shop, summed up by the month and the kind of traffic, which
// is all that is known of them: each month stands for its first day in 2017.
func TestPublicVisits(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "visits", "online_shoppers_intention.csv.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data are not beside the repository: %v", err)
	}
	lines := gunzip(t, path)
	column := map[string]int{}
	for i, name := range lines[0] {
		column[name] = i
	}
	type key struct{ month, traffic string }
	type sum struct{ sessions, pages, conversions int }
	sums := map[key]*sum{}
	for _, l := range lines[1:] {
		k := key{l[column["Month"]][:3], l[column["TrafficType"]]}
		if sums[k] == nil {
			sums[k] = &sum{}
		}
		sums[k].sessions++
		for _, pages := range []string{"Administrative", "Informational", "ProductRelated"} {
			n, err := strconv.Atoi(l[column[pages]])
			require.NoError(t, err)
			sums[k].pages += n
		}
		if l[column["Revenue"]] == "TRUE" {
			sums[k].conversions++
		}
	}
	text := "date,store_external_id,channel,sessions,page_views,conversions\n"
	for k, s := range sums {
		first, err := time.Parse("Jan 2006", k.month+" 2017")
		require.NoError(t, err)
		text += fmt.Sprintf("%s,s-1,traffic %s,%d,%d,%d\n", first.Format(time.DateOnly), k.traffic, s.sessions, s.pages, s.conversions)
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		market(t, d)
		visits := file(t, "visits.csv", text)
		require.Equal(t, [4]int{len(sums), 0, 0, 0}, counts(run(t, d, "visits", visits)))
		require.Equal(t, [4]int{0, 0, len(sums), 0}, counts(run(t, d, "visits", visits)))
		var total []struct{ Sessions, Conversions int }
		err := d.Read().Visit.Query().Aggregate(ent.As(ent.Sum(visit.FieldSessions), "sessions"), ent.As(ent.Sum(visit.FieldConversions), "conversions")).Scan(t.Context(), &total)
		require.NoError(t, err)
		require.Equal(t, 12_330, total[0].Sessions)
		require.Equal(t, 1_908, total[0].Conversions)
	})
}

// gunzip reads the lines of a compressed CSV file.
func gunzip(t *testing.T, path string) [][]string {
	t.Helper()
	packed, err := os.Open(path) //nolint:gosec // public data of the test
	require.NoError(t, err)
	defer packed.Close() //nolint:errcheck // it was only read
	plain, err := gzip.NewReader(packed)
	require.NoError(t, err)
	lines, err := csv.NewReader(plain).ReadAll()
	require.NoError(t, err)
	return lines
}

// requireCountsAreClaims fails unless each coupon counts the claims that it has.
func requireCountsAreClaims(t *testing.T, d *db.DB) {
	t.Helper()
	coupons, err := d.Read().Coupon.Query().WithClaims().All(t.Context())
	require.NoError(t, err)
	for _, c := range coupons {
		require.Len(t, c.Edges.Claims, c.ClaimedCount, c.ID)
		require.LessOrEqual(t, c.ClaimedCount, c.Quantity, c.ID)
	}
}

func BenchmarkStores(b *testing.B) {
	path := filepath.Join("..", "..", "..", "shared", "data", "import", "korean_stores.csv.gz")
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				report, err := dataimport.Run(b.Context(), open(b), "stores", path, dataimport.Options{})
				require.NoError(b, err)
				b.ReportMetric(float64(report.Read)/report.Duration.Seconds(), "rows/s")
			}
		})
	}
}
