package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselShare is a link to the result of a session. A session has one that works at most.
type CounselShare struct{ ent.Schema }

// Mixin of the CounselShare.
func (CounselShare) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "csh_"}, created{}}
}

// Fields of the CounselShare.
func (CounselShare) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.String("token_hash").MaxLen(64).Unique().Immutable().Sensitive().
			Comment("SHA-256 of the token, hexadecimal: what the page is found by."),
		field.Bytes("token").Immutable().Sensitive().
			Comment("The token, sealed: its owner may ask for it again."),
		field.Time("expires_at").Immutable(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Edges of the CounselShare.
func (CounselShare) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CounselSession.Type).Ref("shares").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of the CounselShare.
func (CounselShare) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("session_id").Unique().
			StorageKey("counselshare_living").
			Annotations(entsql.IndexWhere("revoked_at IS NULL")),
	}
}
