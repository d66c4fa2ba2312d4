package dashboard

// ads are what advertising costs and brings in, a campaign a day.
func ads() *Kind {
	return &Kind{
		Name: "ads",
		Measures: []*Measure{
			{Name: "spend", Aggregation: Sum, Unit: UnitCurrency, of: "spend"},
			{Name: "impressions", Aggregation: Sum, Unit: UnitCount, of: "impressions"},
			{Name: "clicks", Aggregation: Sum, Unit: UnitCount, of: "clicks"},
			{Name: "ctr", Aggregation: Ratio, Unit: UnitRatio, of: "clicks", per: "impressions"},
			{Name: "cpc", Aggregation: Ratio, Unit: UnitCurrency, of: "spend", per: "clicks"},
			{Name: "campaigns", Aggregation: CountDistinct, Unit: UnitCount, of: "campaigns"},
		},
		Dimensions: append([]*Dimension{storeDimension(), text("channel"), text("campaign")}, times()...),
		components: []component{
			{name: "spend", fold: sumOf, column: "spend", parts: amountParts},
			{name: "impressions", fold: sumOf, column: "impressions", parts: 1},
			{name: "clicks", fold: sumOf, column: "clicks", parts: 1},
			{name: "campaigns", fold: distinctOf, column: "campaign", parts: 1},
		},
	}
}

// adSpends is where Moa's own database keeps them.
func adSpends() *table {
	return &table{
		from: "ad_spends",
		day:  "day", month: "month", store: "store_id",
		columns: map[string]string{
			"store": "store_id", "channel": "channel", "campaign": "campaign",
			"spend": "spend", "impressions": "impressions", "clicks": "clicks",
		},
	}
}
