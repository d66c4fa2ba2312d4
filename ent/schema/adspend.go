package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AdSpend is what a campaign of a store cost and brought in a channel on one day.
type AdSpend struct{ ent.Schema }

// Fields of the AdSpend.
func (AdSpend) Fields() []ent.Field {
	return []ent.Field{
		field.Int("day").Immutable().
			Comment("The day in Asia/Seoul, counted from 1970-01-01."),
		field.Int("month").Immutable().
			Comment("The month in Asia/Seoul, counted from January of the year 0."),
		field.String("store_id").Immutable(),
		field.String("channel").MaxLen(400).Immutable(),
		field.String("campaign").MaxLen(400).Immutable(),
		field.Int64("spend").
			Comment("In ten-thousandths of the currency's unit, so that sums are exact."),
		field.Int64("impressions").Optional().Nillable().
			Comment("Null where nobody counts them, as of a poster."),
		field.Int64("clicks").Optional().Nillable(),
	}
}

// Edges of the AdSpend.
func (AdSpend) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("store", Store.Type).Field("store_id").Unique().Required().Immutable(),
	}
}

// Indexes of the AdSpend.
func (AdSpend) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "day", "channel", "campaign").Unique(),
		index.Fields("day"),
	}
}
