package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OrderLine is a line of a receipt: history, known by its order and its number in it.
type OrderLine struct{ ent.Schema }

// Fields of the OrderLine.
func (OrderLine) Fields() []ent.Field {
	return []ent.Field{
		field.String("order_id").MaxLen(200).Immutable(),
		field.Int("line_no").Immutable(),
		field.Time("ordered_at"),
		field.Int("day").
			Comment("The day in Asia/Seoul, counted from 1970-01-01: what questions group by and bound, without a function of time on any database."),
		field.Int("month").
			Comment("The month in Asia/Seoul, counted from January of the year 0."),
		field.String("store_id"),
		field.String("customer_id").Optional().Nillable(),
		field.String("product_id").MaxLen(200),
		field.String("product_name").MaxLen(800),
		field.String("category").MaxLen(400),
		field.Int64("quantity"),
		field.Int64("amount").
			Comment("In ten-thousandths of the currency's unit, so that sums are exact."),
	}
}

// Edges of the OrderLine.
func (OrderLine) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("store", Store.Type).Field("store_id").Unique().Required(),
		edge.To("customer", User.Type).Field("customer_id").Unique(),
	}
}

// Indexes of the OrderLine.
func (OrderLine) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("order_id", "line_no").Unique(),
		index.Fields("store_id", "day"),
		index.Fields("day"),
	}
}
