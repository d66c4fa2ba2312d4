package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// User is somebody with an account. A deleted user keeps the row, without personal data.
type User struct{ ent.Schema }

// Mixin of the User.
func (User) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "usr_"}, created{}, external{}}
}

// Fields of the User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").MaxLen(200),
		field.String("email").MaxLen(320).Optional().Nillable().
			Comment("As it was typed, for mail; cleared with the account."),
		field.String("email_hash").MaxLen(64).Unique().Immutable().Sensitive().
			Comment("SHA-256 of the normalised address; outlives the account, so that the address cannot return."),
		field.String("password_hash").Optional().Nillable().Sensitive().
			Comment("argon2id in PHC format; null for imported and deleted users, who cannot sign in."),
		field.Enum("role").Values("USER", "OWNER", "COUNSELOR", "ADMIN").Default("USER"),
		field.String("avatar_key").Optional().Nillable(),
		field.Time("deleted_at").Optional().Nillable(),
	}
}

// Edges of the User.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("stores", Store.Type),
		edge.To("claims", CouponClaim.Type),
		edge.To("follows", Follow.Type),
		edge.To("sessions", Session.Type),
		edge.To("uploads", Upload.Type),
	}
}
