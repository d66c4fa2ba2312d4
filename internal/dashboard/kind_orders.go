package dashboard

// orders are the lines of receipts.
func orders() *Kind {
	return &Kind{
		Name: "orders",
		Measures: []*Measure{
			{Name: "revenue", Aggregation: Sum, Unit: UnitCurrency, of: "amount"},
			{Name: "quantity", Aggregation: Sum, Unit: UnitCount, of: "quantity"},
			{Name: "orders", Aggregation: CountDistinct, Unit: UnitCount, of: "orders"},
			{Name: "lines", Aggregation: Count, Unit: UnitCount, of: "lines"},
			{Name: "customers", Aggregation: CountDistinct, Unit: UnitCount, of: "customers"},
			{Name: "products", Aggregation: CountDistinct, Unit: UnitCount, of: "products"},
			{Name: "average_order_value", Aggregation: Average, Unit: UnitCurrency, of: "amount", per: "orders"},
			{Name: "average_unit_price", Aggregation: Ratio, Unit: UnitCurrency, of: "amount", per: "quantity"},
		},
		Dimensions: append([]*Dimension{
			storeDimension(),
			{Name: "product", Type: TypeText, column: "product", label: "product_name"},
			text("category"),
			{Name: "customer", Type: TypeUser, column: "customer", names: userNames},
		}, times()...),
		components: []component{
			{name: "amount", fold: sumOf, column: "amount", parts: amountParts},
			{name: "quantity", fold: sumOf, column: "quantity", parts: 1},
			{name: "lines", fold: rowsOf, parts: 1},
			{name: "orders", fold: distinctOf, column: "order", parts: 1},
			{name: "customers", fold: distinctOf, column: "known_customer", parts: 1},
			{name: "products", fold: distinctOf, column: "product", parts: 1},
		},
	}
}

// orderLines is where Moa's own database keeps them.
func orderLines() *table {
	return &table{
		from: "order_lines",
		day:  "day", month: "month", store: "store_id",
		columns: map[string]string{
			"store": "store_id", "product": "product_id", "product_name": "product_name", "category": "category",
			"customer": "COALESCE(customer_id, '')", "known_customer": "customer_id", "order": "order_id",
			"amount": "amount", "quantity": "quantity",
		},
	}
}
