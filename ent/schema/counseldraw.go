package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselDraw is a tarot card that was turned over in a session.
type CounselDraw struct{ ent.Schema }

// Mixin of the CounselDraw.
func (CounselDraw) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cdr_"}, created{}}
}

// Fields of the CounselDraw.
func (CounselDraw) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.Int("turn").Immutable().
			Comment("The turn of the session in which it was drawn."),
		field.Int("number").Immutable().
			Comment("The order within the session, from 1."),
		field.Int("position").Immutable(),
		field.Int("card").Immutable(),
		field.Bool("reversed").Immutable(),
	}
}

// Edges of the CounselDraw.
func (CounselDraw) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CounselSession.Type).Ref("draws").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of the CounselDraw.
func (CounselDraw) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("session_id", "position").Unique(),
		index.Fields("session_id", "card").Unique(),
	}
}
