package words

// english returns the English words.
func english() map[string]string {
	return map[string]string{
		"UNAUTHENTICATED":  "Please sign in first.",
		"FORBIDDEN":        "You may not do this.",
		"RATE_LIMITED":     "Too many requests. Please try again in a moment.",
		"INVALID_ARGUMENT": "The request has an invalid argument.",
		"UNAVAILABLE":      "This is not available right now. Please try again.",
		"INTERNAL":         "Something went wrong on our side.",

		"ACCOUNT_EMAIL_INVALID":         "This is not an e-mail address.",
		"ACCOUNT_EMAIL_TAKEN":           "This e-mail address cannot be used for a new account.",
		"ACCOUNT_NAME_INVALID":          "A name has 1 to 50 letters.",
		"ACCOUNT_PASSWORD_WEAK":         "A password has 8 to 128 characters and is not a common one.",
		"ACCOUNT_PASSWORD_UNCHANGED":    "The new password is the same as the current one.",
		"ACCOUNT_PASSWORD_WRONG":        "The current password is not right.",
		"ACCOUNT_ROLE_INVALID":          "Sign up as a user or as an owner.",
		"ACCOUNT_CREDENTIALS_INVALID":   "The e-mail address or the password is not right.",
		"ACCOUNT_SIGN_IN_THROTTLED":     "Too many attempts to sign in. Please try again later.",
		"ACCOUNT_REFRESH_TOKEN_INVALID": "The session has ended. Please sign in again.",
		"ACCOUNT_REFRESH_TOKEN_REUSED":  "The session was ended for your safety. Please sign in again.",
		"ACCOUNT_NOT_FOUND":             "There is no such account.",

		"UPLOAD_TYPE_UNSUPPORTED": "Please choose a JPEG, PNG or WebP picture.",
		"UPLOAD_SIZE_INVALID":     "The file is empty or too large.",
		"UPLOAD_NOT_FOUND":        "There is no such uploaded file.",
		"UPLOAD_CONTENT_MISMATCH": "The uploaded file is not what was announced.",

		"STORE_NOT_FOUND":           "There is no such store.",
		"STORE_NOT_OWNER":           "This store belongs to somebody else.",
		"STORE_NAME_TAKEN":          "You have another store of this name.",
		"STORE_NAME_INVALID":        "A store's name has 1 to 100 letters.",
		"STORE_CATEGORY_INVALID":    "A category has 1 to 40 letters.",
		"STORE_DESCRIPTION_INVALID": "A description has at most 2,000 letters.",
		"STORE_ADDRESS_INVALID":     "An address has at most 200 letters.",
		"STORE_LOCATION_INVALID":    "This is not a place on the map.",

		"COUPON_NOT_FOUND":                "There is no such coupon.",
		"COUPON_NOT_OWNER":                "This coupon belongs to somebody else's store.",
		"COUPON_SOLD_OUT":                 "All coupons have been claimed.",
		"COUPON_ALREADY_CLAIMED":          "You have claimed this coupon already.",
		"COUPON_NOT_STARTED":              "This coupon cannot be claimed yet.",
		"COUPON_ENDED":                    "The time to claim this coupon is over.",
		"COUPON_PAUSED":                   "The owner has paused this coupon for now.",
		"COUPON_TITLE_INVALID":            "A coupon's title has 1 to 100 letters.",
		"COUPON_DESCRIPTION_INVALID":      "A description has at most 2,000 letters.",
		"COUPON_DISCOUNT_INVALID":         "A discount is an amount of at least 1 won or 1 to 100 per cent.",
		"COUPON_MIN_ORDER_AMOUNT_INVALID": "The smallest order cannot be below 0 won.",
		"COUPON_QUANTITY_INVALID":         "The quantity is from 1 to 10,000,000.",
		"COUPON_QUANTITY_BELOW_CLAIMED":   "The quantity cannot be below what has been claimed.",
		"COUPON_PERIOD_INVALID":           "Claiming must end after it starts, and in the future.",
		"COUPON_STARTS_IN_PAST":           "Claiming cannot start in the past.",
		"COUPON_EXPIRES_BEFORE_END":       "The coupon cannot expire before claiming ends.",
		"COUPON_CODE_INVALID":             "No claim in your stores has this code.",
		"COUPON_ALREADY_REDEEMED":         "This coupon has been used already.",
		"COUPON_CLAIM_EXPIRED":            "This coupon has expired.",
		"COUPON_CLAIM_REVOKED":            "This coupon has been taken back.",

		"IDEMPOTENCY_KEY_INVALID": "An idempotency key has 1 to 255 characters.",
		"IDEMPOTENCY_KEY_REUSED":  "This idempotency key was used for another request.",

		"JOB_NOT_FOUND":     "There is no such job.",
		"JOB_NOT_RETRYABLE": "This job is waiting or running already.",

		"recommendation.category": "Because you like %s",
		"recommendation.keyword":  "Because you searched for “%s”",
		"recommendation.popular":  "Popular in the neighbourhood",
	}
}
