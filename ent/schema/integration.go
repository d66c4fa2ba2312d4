package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Integration is an account that a store has at a platform outside, with the credential that reads it. A store has
// one at each platform at most; it goes with its store.
type Integration struct{ ent.Schema }

// Mixin of the Integration.
func (Integration) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "itg_"}, created{}}
}

// Fields of the Integration.
func (Integration) Fields() []ent.Field {
	return []ent.Field{
		field.String("store_id").Immutable(),
		field.Enum("platform").Values("GA4").Immutable(),
		field.String("account").MaxLen(200).
			Comment("What the platform calls the account: of GA4, the number of the property."),
		field.Enum("credential_kind").Values("SERVICE_ACCOUNT", "REFRESH_TOKEN"),
		field.String("identity").MaxLen(320).Optional().Nillable().
			Comment("As whom the platform knows who reads, where that is no secret: the address of a service account."),
		field.Bytes("credential").Sensitive().
			Comment("The credential, sealed."),
		field.Time("updated_at").Default(time.Now).
			Comment("When the account and its credential were given."),
	}
}

// Edges of the Integration.
func (Integration) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("store", Store.Type).Field("store_id").Unique().Required().Immutable(),
	}
}

// Indexes of the Integration.
func (Integration) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "platform").Unique(),
	}
}
