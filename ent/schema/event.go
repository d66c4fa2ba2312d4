package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Event is something that happened and that somebody may be told about, written in the
// transaction of the change itself.
type Event struct{ ent.Schema }

// Mixin of the Event.
func (Event) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "evt_"}, created{}}
}

// Fields of the Event.
func (Event) Fields() []ent.Field {
	return []ent.Field{
		field.String("topic").MaxLen(100).Immutable().
			Comment("The kind of event, such as coupon.claimed: the log of the bus that carries it."),
		field.String("key").MaxLen(40).Immutable().
			Comment("Who listens: followers of the log may ask for one key only."),
		field.String("subject").MaxLen(40).Immutable().
			Comment("The id of what it happened to."),
		field.JSON("payload", json.RawMessage{}).Immutable(),
		field.Time("published_at").Optional().Nillable(),
	}
}

// Indexes of the Event.
func (Event) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at").
			StorageKey("event_unpublished").
			Annotations(entsql.IndexWhere("published_at IS NULL")),
		index.Fields("topic", "id"),
		index.Fields("subject", "id"),
	}
}
