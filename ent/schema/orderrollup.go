package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OrderRollup is what the order lines of a day, a month or a year sum up to, for each value of one
// dimension. It holds only what adds up: distinct orders and customers do not.
type OrderRollup struct{ ent.Schema }

// Fields of the OrderRollup.
func (OrderRollup) Fields() []ent.Field {
	return []ent.Field{
		field.String("dimension").MaxLen(20).Immutable().
			Comment("What key is a value of; empty for the sums over everything."),
		field.String("grain").MaxLen(1).Immutable().
			Comment("D, M or Y."),
		field.Int("bucket").Immutable().
			Comment("The number of the day, the month or the year."),
		field.Int("month").Immutable().
			Comment("The number of the month of a day or a month; 0 for a year."),
		field.String("key").MaxLen(400).Immutable(),
		field.String("label").MaxLen(800).Immutable(),
		field.Int64("lines").Immutable(),
		field.Int64("quantity").Immutable(),
		field.Int64("amount").Immutable(),
	}
}

// Indexes of the OrderRollup.
func (OrderRollup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("dimension", "grain", "bucket", "key").Unique(),
	}
}
