package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CouponClaim is a coupon that somebody holds: one for each coupon and user, ever.
type CouponClaim struct{ ent.Schema }

// Mixin of the CouponClaim.
func (CouponClaim) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "clm_"}}
}

// Fields of the CouponClaim.
func (CouponClaim) Fields() []ent.Field {
	return []ent.Field{
		field.String("coupon_id").Immutable(),
		field.String("user_id").Immutable(),
		field.Enum("status").Values("UNUSED", "USED", "EXPIRED", "REVOKED").Default("UNUSED").
			Comment("An UNUSED claim past its expiry reads as EXPIRED, also before the job has written it."),
		field.String("code").MaxLen(40).Unique().Immutable().Sensitive(),
		field.String("idempotency_key").MaxLen(1020).Optional().Nillable().Immutable(),
		field.Time("claimed_at").Immutable(),
		field.Time("expires_at").Immutable(),
		field.Time("redeemed_at").Optional().Nillable(),
	}
}

// Edges of the CouponClaim.
func (CouponClaim) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("coupon", Coupon.Type).Ref("claims").Field("coupon_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("claims").Field("user_id").Unique().Required().Immutable(),
	}
}

// Indexes of the CouponClaim.
func (CouponClaim) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("coupon_id", "user_id").Unique(),
		index.Fields("user_id", "idempotency_key").Unique(),
		index.Fields("status", "expires_at"),
		index.Fields("claimed_at", "coupon_id"),
		index.Fields("redeemed_at", "coupon_id"),
	}
}
