package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselMessage is something that was said in a session. A reply is written by one process at a time, which
// renews its lease; where the lease has run out, another process ends or continues it.
type CounselMessage struct{ ent.Schema }

// Mixin of the CounselMessage.
func (CounselMessage) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cmg_"}, created{}}
}

// Fields of the CounselMessage.
func (CounselMessage) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.Int("number").Immutable().
			Comment("The order within the session, from 1."),
		field.Int("turn").Immutable(),
		field.Enum("author").Values("CLIENT", "FEELING", "THINKING", "TAROT", "COUNSELOR").Immutable(),
		field.Enum("status").Values("STREAMING", "COMPLETED", "FAILED", "CANCELLED"),
		field.Enum("failure").
			Values("UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "REFUSED", "TOO_LONG", "INTERRUPTED").
			Optional().Nillable(),
		field.Bytes("body").Sensitive().
			Comment("The text so far, sealed."),
		field.Bool("crisis").Default(false).
			Comment("Whether the client speaks of self-harm."),
		field.Bool("offers_cards").Default(false).
			Comment("Whether the reader offers the draw with it."),
		field.Strings("emotions").Optional().
			Comment("What speaks from a message of the client, strongest first."),
		field.Strings("topics").Optional().
			Comment("What a message of the client is about."),
		field.Int("prompt_tokens").Optional().Nillable(),
		field.Int("completion_tokens").Optional().Nillable(),
		field.Enum("provider").Values("OFFLINE", "CLOVA", "GEMINI", "OPENAI", "CUSTOM").Optional().Nillable(),
		field.Bool("over_budget").Default(false).
			Comment("Whether the offline counsellor answered because the budget was spent."),
		field.Int("reserved_tokens").Default(0).
			Comment("What is set aside for it in the budgets until it is settled."),
		field.String("reserved_day").MaxLen(10).Default("").
			Comment("The day of the budgets in which it is set aside."),
		field.String("reserved_for").MaxLen(40).Default("").
			Comment("Whose budget it is: a guest may have become a user since."),
		field.Int("attempt").Default(0),
		field.Bool("cancelled").Default(false).
			Comment("Whether the client wants it to stop, wherever it is being written."),
		field.String("writer").MaxLen(40).Default("").
			Comment("The process that writes it."),
		field.Time("leased_until").Optional().Nillable(),
		field.Int("rating").Optional().Nillable(),
		field.Time("finished_at").Optional().Nillable(),
	}
}

// Edges of the CounselMessage.
func (CounselMessage) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CounselSession.Type).Ref("messages").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of the CounselMessage.
func (CounselMessage) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("session_id", "number").Unique(),
		index.Fields("created_at"),
		index.Fields("leased_until").
			StorageKey("counselmessage_streaming").
			Annotations(entsql.IndexWhere("status = 'STREAMING'")),
	}
}
