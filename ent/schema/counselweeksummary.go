package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselWeekSummary is the sentence that looks back on a user's week, made once.
type CounselWeekSummary struct{ ent.Schema }

// Mixin of the CounselWeekSummary.
func (CounselWeekSummary) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cws_"}, created{}}
}

// Fields of the CounselWeekSummary.
func (CounselWeekSummary) Fields() []ent.Field {
	return []ent.Field{
		field.String("spender").MaxLen(40).Immutable().
			Comment("Whose week it is: a user or a guest."),
		field.Int("iso_year").Immutable(),
		field.Int("iso_week").Immutable(),
		field.Bytes("body").Optional().Nillable().Sensitive().
			Comment("The sentence, sealed; null while it is being written."),
		field.Bool("over_budget").Default(false),
		field.Int("message_count").
			Comment("How many messages the week had when it was made."),
		field.Time("leased_until").
			Comment("Until when whoever began it may take; afterwards another may begin."),
	}
}

// Indexes of the CounselWeekSummary.
func (CounselWeekSummary) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("spender", "iso_year", "iso_week").Unique(),
	}
}
