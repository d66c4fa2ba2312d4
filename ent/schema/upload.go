package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Upload is a file that somebody was allowed to send.
type Upload struct{ ent.Schema }

// Mixin of the Upload.
func (Upload) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "upl_"}, created{}}
}

// Fields of the Upload.
func (Upload) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.Enum("purpose").Values("AVATAR", "STORE_IMAGE").Immutable(),
		field.String("blob_key").MaxLen(200).Unique().Immutable(),
		field.String("content_type").MaxLen(100).Immutable(),
		field.Int64("byte_size").Immutable(),
		field.Time("attached_at").Optional().Nillable().
			Comment("When the file was checked and given to its owner; what stays null is swept away."),
	}
}

// Edges of the Upload.
func (Upload) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("uploads").Field("user_id").Unique().Required().Immutable(),
	}
}

// Indexes of the Upload.
func (Upload) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id"),
		index.Fields("attached_at", "created_at"),
	}
}
