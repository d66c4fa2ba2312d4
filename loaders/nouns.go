package loaders

import (
	"reflect"

	"github.com/moa-bff/moa/ent"
	couponrow "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/dashboard"
)

// nouns tell how the objects of the schema lead to each other, for [Loaders.Fill]. A field of a noun that
// is not named here is resolved field by field.
var nouns = map[string]noun{
	"User": {
		is:      reflect.TypeFor[*ent.User](),
		learn:   learner(users, func(u *ent.User) string { return u.ID }),
		instant: []string{"email", "avatarUrl"},
		table:   user.Table,
		all:     user.Columns,
		columns: map[string][]string{"avatarUrl": {user.FieldAvatarKey}, "stores": nil, "follows": nil, "claims": nil},
		edges: map[string]edge{
			"stores":  single(func(l *Loaders) *Single[*ent.Store, struct{}] { return l.UserStores }, userID, nothing),
			"follows": single(func(l *Loaders) *Single[*ent.Follow, struct{}] { return l.UserFollows }, userID, nothing),
			"claims":  single(func(l *Loaders) *Single[*ent.CouponClaim, *couponclaim.Status] { return l.UserClaims }, userID, claimStatus),
		},
	},
	"Store": {
		is:      reflect.TypeFor[*ent.Store](),
		learn:   learner(stores, storeID),
		instant: []string{"location", "distanceMeters", "imageUrl"},
		table:   store.Table,
		all:     store.Columns,
		columns: map[string][]string{
			"location":       {store.FieldLatitude, store.FieldLongitude},
			"distanceMeters": {store.FieldLatitude, store.FieldLongitude},
			"imageUrl":       {store.FieldImageKey},
			"owner":          {store.FieldOwnerID},
			"coupons":        nil, "followerCount": nil, "isFollowed": nil,
		},
		edges: map[string]edge{
			"owner":         one(users, func(s *ent.Store) string { return s.OwnerID }),
			"coupons":       many(func(l *Loaders) *Pages[*ent.Coupon, CouponQuery] { return l.StoreCoupons }, storeID, couponQuery),
			"followerCount": one(func(l *Loaders) *Edge[string, int] { return l.FollowerCount }, storeID),
			"isFollowed":    one(func(l *Loaders) *Edge[string, bool] { return l.StoreFollowed }, storeID),
		},
	},
	"Coupon": {
		is:      reflect.TypeFor[*ent.Coupon](),
		learn:   learner(coupons, couponID),
		instant: []string{"discount", "remaining", "status"},
		table:   couponrow.Table,
		all:     couponrow.Columns,
		columns: map[string][]string{
			"discount":  {couponrow.FieldDiscountKind, couponrow.FieldDiscountValue, couponrow.FieldDiscountMaxAmount},
			"remaining": {couponrow.FieldQuantity, couponrow.FieldClaimedCount},
			"status": {
				couponrow.FieldQuantity, couponrow.FieldClaimedCount,
				couponrow.FieldStartsAt, couponrow.FieldEndsAt, couponrow.FieldPausedAt,
			},
			"store":      {couponrow.FieldStoreID},
			"isFollowed": nil, "viewerClaim": nil,
		},
		edges: map[string]edge{
			"store":       one(stores, func(c *ent.Coupon) string { return c.StoreID }),
			"isFollowed":  one(func(l *Loaders) *Edge[string, bool] { return l.CouponFollowed }, couponID),
			"viewerClaim": one(func(l *Loaders) *Edge[string, *ent.CouponClaim] { return l.ViewerClaim }, couponID),
		},
	},
	"CouponClaim": {
		is:      reflect.TypeFor[*ent.CouponClaim](),
		instant: []string{"status", "code"},
		edges: map[string]edge{
			"coupon": one(coupons, func(c *ent.CouponClaim) string { return c.CouponID }),
			"user":   one(users, func(c *ent.CouponClaim) string { return c.UserID }),
		},
	},
	"Follow": {
		is: reflect.TypeFor[*ent.Follow](),
		edges: map[string]edge{
			"store":  perhaps(stores, func(f *ent.Follow) *string { return f.StoreID }),
			"coupon": perhaps(coupons, func(f *ent.Follow) *string { return f.CouponID }),
		},
	},
	"Dashboard": {
		is: reflect.TypeFor[*dashboard.Board](),
		edges: map[string]edge{
			"store": perhaps(stores, func(b *dashboard.Board) *string { return b.StoreID }),
		},
	},
	"Integration": {
		is: reflect.TypeFor[*ent.Integration](),
		edges: map[string]edge{
			"store": one(stores, func(i *ent.Integration) string { return i.StoreID }),
		},
	},
}

func users(l *Loaders) *Edge[string, *ent.User]     { return l.User }
func stores(l *Loaders) *Edge[string, *ent.Store]   { return l.Store }
func coupons(l *Loaders) *Edge[string, *ent.Coupon] { return l.Coupon }

func userID(u *ent.User) string     { return u.ID }
func storeID(s *ent.Store) string   { return s.ID }
func couponID(c *ent.Coupon) string { return c.ID }

func nothing(map[string]any) struct{} { return struct{}{} }

func couponQuery(args map[string]any) CouponQuery {
	return CouponQuery{Filter: arg[*coupon.Filter](args, "filter"), Order: arg[*coupon.Order](args, "orderBy")}
}

func claimStatus(args map[string]any) *couponclaim.Status {
	return arg[*couponclaim.Status](args, "status")
}

// learner remembers objects under their ids.
func learner[V any](to func(*Loaders) *Edge[string, V], id func(V) string) func(*Loaders, []any) {
	return func(l *Loaders, objects []any) {
		values, ids := make([]V, len(objects)), make([]string, len(objects))
		for i, object := range objects {
			values[i] = object.(V) //nolint:forcetypeassert // objects of a noun are of its type
			ids[i] = id(values[i])
		}
		to(l).remember(ids, func(i int) V { return values[i] })
	}
}
