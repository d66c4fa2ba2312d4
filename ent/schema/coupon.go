package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Coupon is a campaign: something to claim, first come, first served. Its status is not kept:
// it is a function of the time, the stock and the pause.
type Coupon struct{ ent.Schema }

// Mixin of the Coupon.
func (Coupon) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{prefix: "cpn_"}, created{}, external{}}
}

// Fields of the Coupon.
func (Coupon) Fields() []ent.Field {
	return []ent.Field{
		field.String("store_id").Immutable(),
		field.String("title").MaxLen(400),
		field.String("description").MaxLen(8000).Optional().Nillable(),
		field.Enum("discount_kind").Values("AMOUNT", "PERCENT"),
		field.Int("discount_value"),
		field.Int("discount_max_amount").Optional().Nillable(),
		field.Int("min_order_amount").Default(0),
		field.Int("quantity"),
		field.Int("claimed_count").Default(0).
			Comment("Always the number of this coupon's claims: both change in one transaction."),
		field.Time("starts_at"),
		field.Time("ends_at"),
		field.Time("expires_at"),
		field.Time("paused_at").Optional().Nillable(),
		field.Int64("version").Default(1).
			Comment("Grows with each change, so that late news never replace newer ones."),
		field.Text("search_text").
			Comment("What search looks through, normalised; the database keeps the index over it."),
		field.Time("deleted_at").Optional().Nillable(),
	}
}

// Edges of the Coupon.
func (Coupon) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("store", Store.Type).Ref("coupons").Field("store_id").Unique().Required().Immutable(),
		edge.To("claims", CouponClaim.Type),
		edge.To("usage_days", CouponUsageDay.Type),
		edge.To("follows", Follow.Type),
	}
}

// Indexes of the Coupon.
func (Coupon) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "id"),
		index.Fields("claimed_count", "id"),
		index.Fields("starts_at", "id"),
		index.Fields("ends_at"),
	}
}
