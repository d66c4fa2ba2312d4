package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CouponUsageDay counts what happened to a coupon on one day in Asia/Seoul.
type CouponUsageDay struct{ ent.Schema }

// Fields of the CouponUsageDay.
func (CouponUsageDay) Fields() []ent.Field {
	return []ent.Field{
		field.String("coupon_id").Immutable(),
		field.String("date").MaxLen(10).Immutable().
			Comment("YYYY-MM-DD in Asia/Seoul: text, because a calendar day is no instant."),
		field.Int("claimed").Default(0),
		field.Int("redeemed").Default(0),
	}
}

// Edges of the CouponUsageDay.
func (CouponUsageDay) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("coupon", Coupon.Type).Ref("usage_days").Field("coupon_id").Unique().Required().Immutable(),
	}
}

// Indexes of the CouponUsageDay.
func (CouponUsageDay) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("coupon_id", "date").Unique(),
	}
}
