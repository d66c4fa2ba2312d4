package coupon

import (
	"github.com/moa-bff/moa/ent"
)

// Topics of the events about coupons. The subject is always the coupon's id.
const (
	// TopicPublished carries new and re-issued coupons; keyed by the store's id.
	TopicPublished = "coupon.published"
	// TopicReissued tells those who follow the coupon that it can be claimed again; keyed by its id.
	TopicReissued = "coupon.reissued"
	// TopicClaimed and TopicRedeemed tell of a claim; keyed by its holder's id.
	TopicClaimed  = "coupon.claimed"
	TopicRedeemed = "coupon.redeemed"
	// The others tell how a coupon changed; keyed by the store's id.
	TopicChanged = "coupon.changed"
	TopicDeleted = "coupon.deleted"
	TopicSoldOut = "coupon.sold_out"
	TopicStarted = "coupon.started"
	TopicEnded   = "coupon.ended"
)

// couponFacts are the payload of the events about a coupon.
type couponFacts struct {
	CouponID string `json:"couponId"`
	StoreID  string `json:"storeId"`
	Version  int64  `json:"version,omitempty"`
}

func factsOf(c *ent.Coupon) couponFacts {
	return couponFacts{CouponID: c.ID, StoreID: c.StoreID, Version: c.Version}
}

// publishedFacts are the payload of [TopicPublished].
type publishedFacts struct {
	CouponID string `json:"couponId"`
	StoreID  string `json:"storeId"`
	News     News   `json:"news"`
}
