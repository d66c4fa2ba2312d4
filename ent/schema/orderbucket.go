package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OrderBucket says whether the rollups of a month or a year hold what its order lines say.
type OrderBucket struct{ ent.Schema }

// Fields of the OrderBucket.
func (OrderBucket) Fields() []ent.Field {
	return []ent.Field{
		field.String("grain").MaxLen(1).Immutable().
			Comment("M or Y; the days of a month stand and fall with it."),
		field.Int("bucket").Immutable().
			Comment("The number of the month or the year."),
		field.Int64("version").Default(1).
			Comment("Grows with each transaction that changes lines of it."),
		field.Int64("rolled").Default(0).
			Comment("The version that the rollups hold; they are right where both are equal."),
	}
}

// Indexes of the OrderBucket.
func (OrderBucket) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("grain", "bucket").Unique(),
	}
}
