package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// DataKey is a key that encrypts what is kept secret, itself encrypted ("wrapped") by a key from outside the
// database.
type DataKey struct{ ent.Schema }

// Mixin of the DataKey.
func (DataKey) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "dky_"}, created{}}
}

// Fields of the DataKey.
func (DataKey) Fields() []ent.Field {
	return []ent.Field{
		field.Bytes("wrapped").NotEmpty().Sensitive(),
		field.String("keeper").MaxLen(500).
			Comment("The name of what has wrapped the key."),
		field.Int64("seals").Default(0).NonNegative().
			Comment("How often the key has encrypted, as far as the processes have told."),
		field.Time("retired_at").Optional().Nillable().
			Comment("Since when another key encrypts; this one decrypts for ever."),
	}
}
