package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Visit counts who came to the site of a store from a channel on one day.
type Visit struct{ ent.Schema }

// Fields of the Visit.
func (Visit) Fields() []ent.Field {
	return []ent.Field{
		field.Int("day").Immutable().
			Comment("The day in Asia/Seoul, counted from 1970-01-01."),
		field.Int("month").Immutable().
			Comment("The month in Asia/Seoul, counted from January of the year 0."),
		field.String("store_id").Immutable(),
		field.String("channel").MaxLen(400).Immutable(),
		field.Int64("sessions"),
		field.Int64("page_views"),
		field.Int64("conversions"),
	}
}

// Edges of the Visit.
func (Visit) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("store", Store.Type).Field("store_id").Unique().Required().Immutable(),
	}
}

// Indexes of the Visit.
func (Visit) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "day", "channel").Unique(),
		index.Fields("day"),
	}
}
