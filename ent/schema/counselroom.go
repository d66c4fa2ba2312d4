package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselRoom is a room in which an expert and a client talk.
type CounselRoom struct{ ent.Schema }

// Mixin of the CounselRoom.
func (CounselRoom) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "crm_"}, created{}}
}

// Fields of the CounselRoom.
func (CounselRoom) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").MaxLen(16).Immutable().
			Comment("What clients type to join; free again once the room is closed."),
		field.String("title").MaxLen(240).Immutable(),
		field.String("password_hash").MaxLen(200).Optional().Nillable().Immutable().Sensitive(),
		field.String("host_id").MaxLen(40).Immutable(),
		field.String("guest_id").MaxLen(40).Optional().Nillable().
			Comment("The user who has joined and not left."),
		field.String("last_guest_id").MaxLen(40).Optional().Nillable().
			Comment("The user who joined last: may rate the talk."),
		field.String("session_id").MaxLen(40).Optional().Nillable().Immutable().
			Comment("The session for which the room was opened."),
		field.String("host_cursor").MaxLen(80).Default("").
			Comment("Where the log of the room began for the host."),
		field.String("guest_cursor").MaxLen(80).Default("").
			Comment("Where it began for the guest."),
		field.Time("host_seen_at").
			Comment("When the host's log was last open: the room closes a while after."),
		field.Int("rating").Optional().Nillable(),
		field.Time("closed_at").Optional().Nillable(),
	}
}

// Indexes of the CounselRoom.
func (CounselRoom) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("code").Unique().
			StorageKey("counselroom_open_code").
			Annotations(entsql.IndexWhere("closed_at IS NULL")),
		index.Fields("host_id", "closed_at"),
		index.Fields("session_id"),
		index.Fields("host_seen_at").
			StorageKey("counselroom_open_seen").
			Annotations(entsql.IndexWhere("closed_at IS NULL")),
	}
}
