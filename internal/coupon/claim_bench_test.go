package coupon_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// BenchmarkClaim measures claims of one hot coupon by 128 concurrent clients, each claim committed
// with its event.
func BenchmarkClaim(b *testing.B) {
	for _, open := range []struct {
		name string
		db   func(t testing.TB) *db.DB
	}{{"sqlite", testkit.SQLite}, {"postgres", testkit.Postgres}} {
		b.Run(open.name, func(b *testing.B) {
			d := open.db(b)
			s := setup(b, d)
			c := s.publish(s.input(10_000_000))
			askers := people(b, d, b.N)
			var next atomic.Int64
			b.SetParallelism(64)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, err := s.Claim(askers[next.Add(1)-1], coupon.ClaimInput{CouponID: c.ID})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
			n, err := d.Read().CouponClaim.Query().Count(context.Background())
			require.NoError(b, err)
			require.GreaterOrEqual(b, n, b.N)
		})
	}
}
