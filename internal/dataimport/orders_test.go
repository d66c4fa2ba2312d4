package dataimport_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/adspend"
	"github.com/moa-bff/moa/ent/orderbucket"
	"github.com/moa-bff/moa/ent/orderline"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

const (
	marketStores    = "owner_email,external_id,name,category,address,latitude,longitude\no@moa.example,s-1,첫집,식당,,,\n"
	marketCustomers = "external_id,email,name\nc-1,c1@moa.example,손님\n"
	orderHeader     = "order_id,line_no,ordered_at,store_external_id,customer_external_id,product_id,product_name,category,quantity,amount\n"
)

// market is a database with a store and a customer.
func market(t *testing.T, d *db.DB) {
	t.Helper()
	run(t, d, "stores", file(t, "stores.csv", marketStores))
	run(t, d, "customers", file(t, "customers.csv", marketCustomers))
}

// versions returns how often the data of a kind were changed.
func versions(t *testing.T, d *db.DB, kind string) int64 {
	t.Helper()
	rows, err := d.Read().DataVersion.Query().All(t.Context())
	require.NoError(t, err)
	for _, row := range rows {
		if row.Kind == kind {
			return row.Version
		}
	}
	return 0
}

func TestOrders(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		market(t, d)
		text := orderHeader +
			"o-1,1,2026-01-31T23:59:59+09:00,s-1,c-1,p-1,사과,과일,2,3.86\n" +
			"o-1,2,2026-01-31T15:00:00Z,s-1,,p-2,,,2.0,-0.00005\n" +
			"o-1,2,2026-01-31T15:00:00Z,s-1,,p-2,배,과일,1,1\n" +
			"o-2,1,2026-02-01T00:00:00Z,s-9,c-1,p-1,사과,과일,1,1\n" +
			"o-3,1,2026-02-01T00:00:00Z,s-1,c-9,p-1,사과,과일,1,1\n" +
			"o-4,1,2026-02-01T00:00:00Z,s-1,c-1,p-1,사과,과일,1.5,1\n" +
			"o-5,1,2026-02-01T00:00:00Z,s-1,c-1,p-1,사과,과일,1,1e9\n" +
			"o-6,1,1969-12-31T00:00:00Z,s-1,c-1,p-1,사과,과일,1,1\n"
		path := file(t, "orders.csv", text)
		report := run(t, d, "orders", path)
		require.Equal(t, [4]int{2, 1, 0, 5}, counts(report), reasons(t, report.RejectsFile))
		why := reasons(t, report.RejectsFile)
		require.Contains(t, why["o-2"], "no store s-9")
		require.Contains(t, why["o-3"], "no customer c-9")
		require.Contains(t, why["o-4"], "whole number")
		require.Contains(t, why["o-5"], "amount")
		require.Contains(t, why["o-6"], "1970")

		lines, err := d.Read().OrderLine.Query().Order(orderline.ByLineNo()).All(t.Context())
		require.NoError(t, err)
		require.Equal(t, int64(38_600), lines[0].Amount)
		require.Equal(t, 2026*12, lines[0].Month, "January in Seoul")
		require.NotNil(t, lines[0].CustomerID)
		require.Equal(t, "배", lines[1].ProductName, "a later line of the file takes the place of an earlier one")
		require.Equal(t, lines[0].Day+1, lines[1].Day, "it is past midnight in Seoul")
		require.Nil(t, lines[1].CustomerID)

		before := versions(t, d, "orders")
		require.Positive(t, before)
		require.Equal(t, [4]int{0, 2, 1, 5}, counts(run(t, d, "orders", path)), "the earlier line comes again, and then the later")
		same := file(t, "same.csv", orderHeader+"o-1,1,2026-01-31T23:59:59+09:00,s-1,c-1,p-1,사과,과일,2,3.86\n")
		before = versions(t, d, "orders")
		require.Equal(t, [4]int{0, 0, 1, 0}, counts(run(t, d, "orders", same)))
		require.Equal(t, before, versions(t, d, "orders"), "importing again changes nothing")

		moved := file(t, "moved.csv", orderHeader+"o-1,1,2027-03-01T00:00:00Z,s-1,c-1,p-1,사과,과일,2,3.86\n")
		require.Equal(t, [4]int{0, 1, 0, 0}, counts(run(t, d, "orders", moved)))
		for _, month := range []int{2026 * 12, 2027*12 + 2} {
			stale, err := d.Read().OrderBucket.Query().Where(orderbucket.Grain("M"), orderbucket.Bucket(month)).Only(t.Context())
			require.NoError(t, err)
			require.Greater(t, stale.Version, stale.Rolled, "both months are to be summed up again")
		}
	})
}

func TestAdsAndVisits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		market(t, d)
		ads := file(t, "ads.csv", "date,store_external_id,channel,campaign,spend,impressions,clicks\n"+
			"2026-01-05,s-1,tv,weekly,22358.34666666674,,\n2026-01-05,s-1,search,weekly,10.00005,100,5\n"+
			"2026-01-05,s-1,search,other,10.00015,100,0\n2026-13-05,s-1,tv,weekly,1,,\n2026-01-05,s-9,tv,weekly,1,,\n")
		require.Equal(t, [4]int{3, 0, 0, 2}, counts(run(t, d, "ads", ads)))
		require.Equal(t, [4]int{0, 0, 3, 2}, counts(run(t, d, "ads", ads)))
		rows, err := d.Read().AdSpend.Query().Order(adspend.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int64{223_583_467, 100_000, 100_002}, []int64{rows[0].Spend, rows[1].Spend, rows[2].Spend}, "halves go to the even one")
		require.Nil(t, rows[0].Impressions)
		newer := file(t, "newer.csv", "date,store_external_id,channel,campaign,spend,impressions,clicks\n2026-01-05,s-1,search,weekly,10.00005,,6\n")
		require.Equal(t, [4]int{0, 1, 0, 0}, counts(run(t, d, "ads", newer)))

		visits := file(t, "visits.csv", "date,store_external_id,channel,sessions,page_views,conversions\n2026-01-05,s-1,Direct,3,9,1\n2026-01-06,s-1,Direct,x,9,1\n")
		require.Equal(t, [4]int{1, 0, 0, 1}, counts(run(t, d, "visits", visits)))
		require.Equal(t, [4]int{0, 0, 1, 1}, counts(run(t, d, "visits", visits)))
		changed := file(t, "changed.csv", "date,store_external_id,channel,sessions,page_views,conversions\n2026-01-05,s-1,Direct,3,9,2\n")
		require.Equal(t, [4]int{0, 1, 0, 0}, counts(run(t, d, "visits", changed)))
		require.Equal(t, int64(2), versions(t, d, "visits"))
	})
}
