package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// DataVersion counts the changes of imported data of one kind, so that every process can tell whether
// what it has read still holds, also when another program has imported.
type DataVersion struct{ ent.Schema }

// Fields of the DataVersion.
func (DataVersion) Fields() []ent.Field {
	return []ent.Field{
		field.String("kind").MaxLen(40).Unique().Immutable(),
		field.Int64("version").Default(1),
	}
}
