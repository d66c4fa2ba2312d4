package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Idempotency remembers what a keyed change has made, so that a retry returns the first outcome.
type Idempotency struct{ ent.Schema }

// Mixin of the Idempotency.
func (Idempotency) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "idk_"}, created{}}
}

// Fields of the Idempotency.
func (Idempotency) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("operation").MaxLen(60).Immutable(),
		field.String("key").MaxLen(255).Immutable(),
		field.String("input_hash").MaxLen(64).Immutable(),
		field.String("outcome").MaxLen(40).Immutable().
			Comment("The id of what was made."),
	}
}

// Indexes of the Idempotency.
func (Idempotency) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "operation", "key").Unique(),
		index.Fields("created_at"),
	}
}
