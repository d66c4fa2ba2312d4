package coupon_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

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

// BenchmarkSoldOut measures what the gate sheds once a coupon is sold out.
func BenchmarkSoldOut(b *testing.B) {
	s := setup(b, testkit.SQLite(b))
	c := s.publish(s.input(1))
	askers := people(b, s.db, 2)
	_, err := s.Claim(askers[0], coupon.ClaimInput{CouponID: c.ID})
	require.NoError(b, err)
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Claim(askers[1], coupon.ClaimInput{CouponID: c.ID}); !errors.Is(err, coupon.ErrSoldOut) {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "refusals/s")
}

// BenchmarkRace measures how long each of a thousand people waits in the race for a hundred coupons.
func BenchmarkRace(b *testing.B) {
	for _, open := range []struct {
		name string
		db   func(t testing.TB) *db.DB
	}{{"sqlite", testkit.SQLite}, {"postgres", testkit.Postgres}} {
		b.Run(open.name, func(b *testing.B) {
			s := setup(b, open.db(b))
			askers := people(b, s.db, 1000)
			var waits []time.Duration
			for b.Loop() {
				b.StopTimer()
				c := s.publish(s.input(100))
				took := make([]time.Duration, len(askers))
				b.StartTimer()
				result := race(askers, func(i int, ctx context.Context) error {
					begun := time.Now()
					_, err := s.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
					took[i] = time.Since(begun)
					return err
				})
				require.Equal(b, 100, result.won)
				waits = append(waits, took...)
			}
			slices.Sort(waits)
			var sum time.Duration
			for _, wait := range waits {
				sum += wait
			}
			b.ReportMetric(float64(sum.Microseconds())/float64(len(waits))/1000, "avg-ms")
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "max-ms")
		})
	}
}
