package coupon

import "github.com/moa-bff/moa/internal/platform/fault"

// Why a change of coupons can be refused.
var (
	ErrNotFound              = fault.Business("COUPON_NOT_FOUND")
	ErrNotOwner              = fault.Business("COUPON_NOT_OWNER")
	ErrSoldOut               = fault.Business("COUPON_SOLD_OUT")
	ErrAlreadyClaimed        = fault.Business("COUPON_ALREADY_CLAIMED")
	ErrNotStarted            = fault.Business("COUPON_NOT_STARTED")
	ErrEnded                 = fault.Business("COUPON_ENDED")
	ErrPaused                = fault.Business("COUPON_PAUSED")
	ErrTitleInvalid          = fault.Business("COUPON_TITLE_INVALID")
	ErrDescriptionInvalid    = fault.Business("COUPON_DESCRIPTION_INVALID")
	ErrDiscountInvalid       = fault.Business("COUPON_DISCOUNT_INVALID")
	ErrMinOrderAmountInvalid = fault.Business("COUPON_MIN_ORDER_AMOUNT_INVALID")
	ErrQuantityInvalid       = fault.Business("COUPON_QUANTITY_INVALID")
	ErrQuantityBelowClaimed  = fault.Business("COUPON_QUANTITY_BELOW_CLAIMED")
	ErrPeriodInvalid         = fault.Business("COUPON_PERIOD_INVALID")
	ErrStartsInPast          = fault.Business("COUPON_STARTS_IN_PAST")
	ErrExpiresBeforeEnd      = fault.Business("COUPON_EXPIRES_BEFORE_END")
	ErrCodeInvalid           = fault.Business("COUPON_CODE_INVALID")
	ErrAlreadyRedeemed       = fault.Business("COUPON_ALREADY_REDEEMED")
	ErrClaimExpired          = fault.Business("COUPON_CLAIM_EXPIRED")
	ErrClaimRevoked          = fault.Business("COUPON_CLAIM_REVOKED")
)
