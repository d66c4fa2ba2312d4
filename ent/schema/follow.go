package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Follow is the wish of a user to hear of a store or of a coupon: exactly one of the two is set.
type Follow struct{ ent.Schema }

// Mixin of the Follow.
func (Follow) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "fol_"}, created{}}
}

// Fields of the Follow.
func (Follow) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("store_id").Optional().Nillable().Immutable(),
		field.String("coupon_id").Optional().Nillable().Immutable(),
	}
}

// Edges of the Follow.
func (Follow) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("follows").Field("user_id").Unique().Required().Immutable(),
		edge.From("store", Store.Type).Ref("follows").Field("store_id").Unique().Immutable(),
		edge.From("coupon", Coupon.Type).Ref("follows").Field("coupon_id").Unique().Immutable(),
	}
}

// Indexes of the Follow.
func (Follow) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "store_id").Unique(),
		index.Fields("user_id", "coupon_id").Unique(),
		index.Fields("store_id"),
		index.Fields("coupon_id"),
	}
}
