package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// SearchHistory is a search that a user has made: the signal for recommendations.
type SearchHistory struct{ ent.Schema }

// Mixin of the SearchHistory.
func (SearchHistory) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "sch_"}, created{}}
}

// Fields of the SearchHistory.
func (SearchHistory) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("keyword").MaxLen(400).Immutable(),
	}
}

// Indexes of the SearchHistory.
func (SearchHistory) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "created_at"),
	}
}
