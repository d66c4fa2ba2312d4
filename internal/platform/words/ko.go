package words

// korean returns the Korean words.
func korean() map[string]string {
	return map[string]string{
		"UNAUTHENTICATED":  "먼저 로그인해 주세요.",
		"FORBIDDEN":        "권한이 없습니다.",
		"RATE_LIMITED":     "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
		"INVALID_ARGUMENT": "요청에 잘못된 값이 있습니다.",
		"UNAVAILABLE":      "지금은 이용할 수 없습니다. 다시 시도해 주세요.",
		"INTERNAL":         "서버에 문제가 생겼습니다.",

		"ACCOUNT_EMAIL_INVALID":         "이메일 주소가 올바르지 않습니다.",
		"ACCOUNT_EMAIL_TAKEN":           "새 계정에 사용할 수 없는 이메일 주소입니다.",
		"ACCOUNT_NAME_INVALID":          "이름은 1~50자로 적어 주세요.",
		"ACCOUNT_PASSWORD_WEAK":         "비밀번호는 8~128자이며 흔한 것은 쓸 수 없습니다.",
		"ACCOUNT_PASSWORD_UNCHANGED":    "새 비밀번호가 지금 비밀번호와 같습니다.",
		"ACCOUNT_PASSWORD_WRONG":        "지금 비밀번호가 맞지 않습니다.",
		"ACCOUNT_ROLE_INVALID":          "이웃 또는 사장님으로 가입해 주세요.",
		"ACCOUNT_CREDENTIALS_INVALID":   "이메일 주소 또는 비밀번호가 맞지 않습니다.",
		"ACCOUNT_SIGN_IN_THROTTLED":     "로그인 시도가 너무 많습니다. 나중에 다시 시도해 주세요.",
		"ACCOUNT_REFRESH_TOKEN_INVALID": "세션이 끝났습니다. 다시 로그인해 주세요.",
		"ACCOUNT_REFRESH_TOKEN_REUSED":  "안전을 위해 세션을 끝냈습니다. 다시 로그인해 주세요.",
		"ACCOUNT_NOT_FOUND":             "없는 계정입니다.",

		"UPLOAD_TYPE_UNSUPPORTED": "JPEG, PNG, WebP 사진을 골라 주세요.",
		"UPLOAD_SIZE_INVALID":     "파일이 비었거나 너무 큽니다.",
		"UPLOAD_NOT_FOUND":        "올린 파일을 찾을 수 없습니다.",
		"UPLOAD_CONTENT_MISMATCH": "올린 파일이 알려 준 형식이나 크기와 다릅니다.",

		"STORE_NOT_FOUND":           "없는 가게입니다.",
		"STORE_NOT_OWNER":           "다른 사장님의 가게입니다.",
		"STORE_NAME_TAKEN":          "같은 이름의 가게가 이미 있습니다.",
		"STORE_NAME_INVALID":        "가게 이름은 1~100자로 적어 주세요.",
		"STORE_CATEGORY_INVALID":    "업종은 1~40자로 적어 주세요.",
		"STORE_DESCRIPTION_INVALID": "설명은 2,000자까지 적을 수 있습니다.",
		"STORE_ADDRESS_INVALID":     "주소는 200자까지 적을 수 있습니다.",
		"STORE_LOCATION_INVALID":    "지도에 없는 위치입니다.",

		"COUPON_NOT_FOUND":                "없는 쿠폰입니다.",
		"COUPON_NOT_OWNER":                "다른 사장님의 쿠폰입니다.",
		"COUPON_SOLD_OUT":                 "쿠폰이 모두 소진되었습니다.",
		"COUPON_ALREADY_CLAIMED":          "이미 받은 쿠폰입니다.",
		"COUPON_NOT_STARTED":              "아직 받을 수 없는 쿠폰입니다.",
		"COUPON_ENDED":                    "쿠폰을 받을 수 있는 기간이 끝났습니다.",
		"COUPON_PAUSED":                   "사장님이 잠시 멈춘 쿠폰입니다.",
		"COUPON_TITLE_INVALID":            "쿠폰 제목은 1~100자로 적어 주세요.",
		"COUPON_DESCRIPTION_INVALID":      "설명은 2,000자까지 적을 수 있습니다.",
		"COUPON_DISCOUNT_INVALID":         "할인은 1원 이상의 금액 또는 1~100퍼센트여야 합니다.",
		"COUPON_MIN_ORDER_AMOUNT_INVALID": "최소 주문 금액은 0원보다 작을 수 없습니다.",
		"COUPON_QUANTITY_INVALID":         "수량은 1~10,000,000이어야 합니다.",
		"COUPON_QUANTITY_BELOW_CLAIMED":   "수량은 이미 받아 간 수보다 작을 수 없습니다.",
		"COUPON_PERIOD_INVALID":           "마감은 시작보다 늦고 아직 지나지 않은 때여야 합니다.",
		"COUPON_STARTS_IN_PAST":           "시작은 지난 시각일 수 없습니다.",
		"COUPON_EXPIRES_BEFORE_END":       "만료는 마감보다 빠를 수 없습니다.",
		"COUPON_CODE_INVALID":             "이 코드의 쿠폰이 사장님 가게에 없습니다.",
		"COUPON_ALREADY_REDEEMED":         "이미 사용한 쿠폰입니다.",
		"COUPON_CLAIM_EXPIRED":            "기간이 지난 쿠폰입니다.",
		"COUPON_CLAIM_REVOKED":            "회수된 쿠폰입니다.",

		"IDEMPOTENCY_KEY_INVALID": "멱등 키는 1~255자여야 합니다.",
		"IDEMPOTENCY_KEY_REUSED":  "다른 요청에 쓰인 멱등 키입니다.",

		"JOB_NOT_FOUND":     "없는 작업입니다.",
		"JOB_NOT_RETRYABLE": "이미 기다리거나 실행 중인 작업입니다.",

		"recommendation.category": "%s 업종을 좋아하셔서",
		"recommendation.keyword":  "“%s” 검색을 하셔서",
		"recommendation.popular":  "동네에서 인기 있는 쿠폰",
	}
}
