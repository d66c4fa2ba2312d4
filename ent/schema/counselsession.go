package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselSession is a worry that is being heard. What people say in it is the most private thing that Moa
// holds: texts are sealed (package vault), and the rows around them hold none.
type CounselSession struct{ ent.Schema }

// Mixin of the CounselSession.
func (CounselSession) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cns_"}, created{}}
}

// Fields of the CounselSession.
func (CounselSession) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").MaxLen(40).Optional().Nillable().
			Comment("Whose session it is; null while it is a guest's."),
		field.String("guest_id").MaxLen(40).Optional().Nillable().Immutable().
			Comment("The guest who started it."),
		field.Enum("kind").Values("WORRY", "TAROT", "EXPERT").Immutable(),
		field.Enum("status").
			Values("STREAMING", "COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "CARDS_OFFERED", "WAITING", "WITH_EXPERT", "ENDED"),
		field.Bytes("title").Sensitive().
			Comment("Sealed."),
		field.String("language").MaxLen(8).Immutable(),
		field.Int("turn").Default(0).
			Comment("How often the client has spoken: replies belong to a turn."),
		field.Int("messages_count").Default(0).
			Comment("The number of the latest message."),
		field.Time("crisis_at").Optional().Nillable().
			Comment("When the client spoke of self-harm first."),
		field.Time("waiting_since").Optional().Nillable(),
		field.Bool("history_shared").Default(false).
			Comment("Whether the client lets the expert read what was said before."),
		field.String("counselor_id").MaxLen(40).Optional().Nillable().
			Comment("The expert who has taken it."),
		field.Time("updated_at"),
		field.Time("deleted_at").Optional().Nillable(),
	}
}

// Edges of the CounselSession.
func (CounselSession) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("messages", CounselMessage.Type),
		edge.To("draws", CounselDraw.Type),
		edge.To("shares", CounselShare.Type),
	}
}

// Indexes of the CounselSession.
func (CounselSession) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at"),
		index.Fields("user_id", "id"),
		index.Fields("guest_id", "id"),
		index.Fields("status", "waiting_since"),
	}
}
