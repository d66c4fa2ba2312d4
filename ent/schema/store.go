package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Store is a shop of the neighbourhood. A deleted store keeps its row, for the claims it has sold.
type Store struct{ ent.Schema }

// Mixin of the Store.
func (Store) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "sto_"}, created{}, external{}}
}

// Fields of the Store.
func (Store) Fields() []ent.Field {
	return []ent.Field{
		field.String("owner_id").Immutable(),
		field.String("name").MaxLen(400),
		field.String("description").MaxLen(8000).Optional().Nillable(),
		field.String("category").MaxLen(160),
		field.String("address").MaxLen(800).Optional().Nillable(),
		field.Float("latitude").Optional().Nillable(),
		field.Float("longitude").Optional().Nillable(),
		field.String("image_key").Optional().Nillable(),
		field.Text("search_text").
			Comment("What search looks through, normalised; the database keeps the index over it."),
		field.Time("deleted_at").Optional().Nillable(),
	}
}

// Edges of the Store.
func (Store) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("owner", User.Type).Ref("stores").Field("owner_id").Unique().Required().Immutable(),
		edge.To("coupons", Coupon.Type),
		edge.To("follows", Follow.Type),
	}
}

// Indexes of the Store.
func (Store) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("owner_id", "name").Unique().Annotations(entsql.IndexWhere("deleted_at IS NULL")),
		index.Fields("category"),
		index.Fields("name", "id"),
		index.Fields("latitude", "longitude"),
	}
}
