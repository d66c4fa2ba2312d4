package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CounselBudget counts the tokens of one spender on one day in Asia/Seoul: of a user, a guest, or, with an
// empty name, of the whole service.
type CounselBudget struct{ ent.Schema }

// Mixin of the CounselBudget.
func (CounselBudget) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cbd_"}}
}

// Fields of the CounselBudget.
func (CounselBudget) Fields() []ent.Field {
	return []ent.Field{
		field.String("spender").MaxLen(40).Immutable(),
		field.String("date").MaxLen(10).Immutable().
			Comment("YYYY-MM-DD in Asia/Seoul: text, because a calendar day is no instant."),
		field.Int("used").Default(0),
		field.Int("reserved").Default(0).
			Comment("What is set aside for replies that are being written."),
	}
}

// Indexes of the CounselBudget.
func (CounselBudget) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("date", "spender").Unique(),
	}
}
