package reads

// The tags. An id is the tag of its own row. A list has tags for what decides which rows it holds and in
// which order; the rows in it have their own.
const (
	// Stores is every list of stores, with the rows in it.
	Stores = "stores"
	// Coupons is every list of coupons.
	Coupons = "coupons"
	// Claims is every list of coupons in the order of their claims.
	Claims = "claims"
	// Redemptions is whatever is counted of claims that were used.
	Redemptions = "redemptions"
	// Integrations is every list of integrations.
	Integrations = "integrations"
	// Counsel is whatever is counted of counselling. No answer shows a session to anybody but its own, so there
	// is no tag for each.
	Counsel = "counsel"
)

// StoresOf is the tag of the lists of an owner's stores, with the rows in them.
func StoresOf(ownerID string) string { return Stores + ":" + ownerID }

// FollowersOf is the tag of the number of a store's followers.
func FollowersOf(storeID string) string { return "followers:" + storeID }

// CouponsOf is the tag of the lists of a store's coupons.
func CouponsOf(storeID string) string { return Coupons + ":" + storeID }

// ClaimsOf is the tag of the lists of a store's coupons in the order of their claims.
func ClaimsOf(storeID string) string { return Claims + ":" + storeID }

// StoreChanged returns what a new, changed or deleted store touches.
func StoreChanged(id, ownerID string) []string {
	return []string{id, Stores, StoresOf(ownerID)}
}

// StoreClosed returns what a store touches that goes with its coupons.
func StoreClosed(id, ownerID string) []string {
	return append(StoreChanged(id, ownerID), Coupons, CouponsOf(id))
}

// CouponChanged returns what a new, changed or deleted coupon touches, or one whose status changes.
func CouponChanged(id, storeID string) []string {
	return []string{id, Coupons, CouponsOf(storeID), Claims, ClaimsOf(storeID)}
}

// CouponClaimed returns what a claim touches of its coupon.
func CouponClaimed(id, storeID string) []string {
	return []string{id, Claims, ClaimsOf(storeID)}
}
