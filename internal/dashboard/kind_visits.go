package dashboard

// visits are who came to the sites of stores, a channel a day.
func visits() *Kind {
	return &Kind{
		Name: "visits",
		Measures: []*Measure{
			{Name: "sessions", Aggregation: Sum, Unit: UnitCount, of: "sessions"},
			{Name: "page_views", Aggregation: Sum, Unit: UnitCount, of: "page_views"},
			{Name: "conversions", Aggregation: Sum, Unit: UnitCount, of: "conversions"},
			{Name: "conversion_rate", Aggregation: Ratio, Unit: UnitRatio, of: "conversions", per: "sessions"},
			{Name: "pages_per_session", Aggregation: Average, Unit: UnitCount, of: "page_views", per: "sessions"},
		},
		Dimensions: append([]*Dimension{storeDimension(), text("channel")}, times()...),
		components: []component{
			{name: "sessions", fold: sumOf, column: "sessions", parts: 1},
			{name: "page_views", fold: sumOf, column: "page_views", parts: 1},
			{name: "conversions", fold: sumOf, column: "conversions", parts: 1},
		},
	}
}

// visitDays is where Moa's own database keeps them.
func visitDays() *table {
	return &table{
		from: "visits",
		day:  "day", month: "month", store: "store_id",
		columns: map[string]string{
			"store": "store_id", "channel": "channel",
			"sessions": "sessions", "page_views": "page_views", "conversions": "conversions",
		},
	}
}
