package dataimport_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/store"
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
