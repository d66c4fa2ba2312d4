package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Dashboard is a saved set of questions, shown side by side.
type Dashboard struct{ ent.Schema }

// Mixin of the Dashboard.
func (Dashboard) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "dsh_"}, created{}}
}

// Fields of the Dashboard.
func (Dashboard) Fields() []ent.Field {
	return []ent.Field{
		field.String("owner_id").Immutable(),
		field.String("store_id").Optional().Nillable().
			Comment("The store that all its questions are about; null for every store of the owner."),
		field.String("title").MaxLen(400),
		field.JSON("widgets", json.RawMessage{}).
			Comment("The widgets in their order: they live and change with their dashboard."),
		field.Int64("version").Default(1),
	}
}

// Edges of the Dashboard.
func (Dashboard) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("owner", User.Type).Field("owner_id").Unique().Required().Immutable(),
		edge.To("store", Store.Type).Field("store_id").Unique(),
	}
}

// Indexes of the Dashboard.
func (Dashboard) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("owner_id", "id"),
	}
}
