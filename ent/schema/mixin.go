// Package schema says what Moa keeps: one entity a file. All else below ent/ is generated.
package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/oklog/ulid/v2"
)

// identity gives an entity a typed, opaque, time-ordered id: a prefix that names the type and a
// ULID (github.com/ulid/spec), so that `node(id:)` needs no table to look up the type.
type identity struct {
	mixin.Schema
	prefix string
}

// Fields implements [ent.Mixin].
func (i identity) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").
			MaxLen(40).
			Immutable().
			DefaultFunc(func() string { return i.prefix + ulid.Make().String() }),
	}
}

// created gives an entity the instant of its creation.
type created struct{ mixin.Schema }

// Fields implements [ent.Mixin].
func (created) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Default(time.Now).Immutable(),
	}
}

// external gives an entity the id that it has in an imported file, so that importing twice changes nothing.
type external struct{ mixin.Schema }

// Fields implements [ent.Mixin].
func (external) Fields() []ent.Field {
	return []ent.Field{
		field.String("external_id").MaxLen(200).Optional().Nillable().Immutable().Unique(),
	}
}
