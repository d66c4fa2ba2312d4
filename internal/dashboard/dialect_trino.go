package dashboard

import (
	"strings"
	"time"
)

// trino is the dialect of Trino (https://trino.io/docs/current/language.html). The tables of the warehouse
// have the columns of the files that `moa import` reads, so stores and customers go by their external ids.
type trino struct{}

func (trino) placeholder(int) string { return "?" }

func (trino) sum(column string, parts int64) string {
	if parts == 1 {
		return "SUM(" + column + ")"
	}
	return "SUM(CAST(" + column + " AS DECIMAL(38, 4)))" // a DOUBLE would not be exact
}

func (trino) within(t *sqlText, from *table, period Period) {
	if from.instant == "" {
		t.add(from.date, " >= CAST(", t.arg(period.From.String()), " AS DATE) AND ", from.date, " <= CAST(", t.arg(period.To.String()), " AS DATE)")
		return
	}
	t.add(from.instant, " >= from_iso8601_timestamp(", t.arg(period.From.Start().Format(time.RFC3339)), ") AND ",
		from.instant, " < from_iso8601_timestamp(", t.arg(period.To.End().Format(time.RFC3339)), ")")
}

// owned lists the stores: the warehouse does not know whose they are.
func (trino) owned(t *sqlText, from *table, s scope) {
	if len(s.external) == 0 {
		t.add("FALSE")
		return
	}
	t.add(from.store, " IN (")
	for i, id := range s.external {
		if i > 0 {
			t.add(", ")
		}
		t.add(t.arg(id))
	}
	t.add(")")
}

func (trino) key(expression string, _ Period) string { return expression }

func (trino) dayOf(instant string) string {
	return "date_diff('day', DATE '1970-01-01', CAST(" + instant + " AT TIME ZONE 'Asia/Seoul' AS DATE))"
}

func (trino) monthOf(day string) string {
	date := "date_add('day', " + day + ", DATE '1970-01-01')"
	return "year(" + date + ") * 12 + month(" + date + ") - 1"
}

// warehouseOrders and warehouseAds are where a warehouse keeps orders and advertising.
func warehouseOrders() *table {
	return &table{
		from: "orders", instant: "ordered_at", day: trino{}.dayOf("ordered_at"), store: "store_external_id",
		columns: map[string]string{
			"store": "store_external_id", "product": "product_id", "product_name": "product_name", "category": "category",
			"customer": "COALESCE(customer_external_id, '')", "known_customer": "customer_external_id", "order": "order_id",
			"amount": "amount", "quantity": "quantity",
		},
	}
}

func warehouseAds() *table {
	const date = `"date"`
	return &table{
		from: "ads", date: date, day: "date_diff('day', DATE '1970-01-01', " + date + ")", store: "store_external_id",
		columns: map[string]string{
			"store": "store_external_id", "channel": "channel", "campaign": "campaign",
			"spend": "spend", "impressions": "impressions", "clicks": "clicks",
		},
	}
}

// partsOf reads an exact decimal number as a whole number of parts; false when it is none.
func partsOf(text string, parts int64) (n int64, ok bool) {
	x, ok := decimal(strings.TrimSuffix(text, "."))
	if !ok {
		return 0, false
	}
	x.Mul(x, ratOf(parts))
	return x.Num().Int64(), x.IsInt() && x.Num().IsInt64()
}
