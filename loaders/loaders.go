package loaders

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/columns"
	"github.com/moa-bff/moa/internal/platform/exec"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/store"
)

// Sources are the subjects that the edges look up in.
type Sources struct {
	Accounts *account.Service
	Stores   *store.Service
	Coupons  *coupon.Service
	Counsel  *counsel.Service
	Rooms    *room.Service
}

// Loaders are the edges between the nouns: one line each.
type Loaders struct {
	sources Sources
	once    sync.Once
	asked   asked

	User           *Edge[string, *ent.User]
	Store          *Edge[string, *ent.Store]
	Coupon         *Edge[string, *ent.Coupon]
	FollowerCount  *Edge[string, int]
	StoreFollowed  *Edge[string, bool]
	CouponFollowed *Edge[string, bool]
	ViewerClaim    *Edge[string, *ent.CouponClaim]
	StoreCoupons   *Pages[*ent.Coupon, CouponQuery]
	UserStores     *Single[*ent.Store, struct{}]
	UserFollows    *Single[*ent.Follow, struct{}]
	UserClaims     *Single[*ent.CouponClaim, *couponclaim.Status]

	CounselSession     *Edge[string, *ent.CounselSession]
	CounselMessages    *Pages[*ent.CounselMessage, struct{}]
	CounselDraws       *Edge[string, []*counsel.Draw]
	CounselShare       *Edge[string, *counsel.Share]
	CounselSessionRoom *Edge[string, *ent.CounselRoom]
}

// CouponQuery says which coupons, in which order.
type CouponQuery struct {
	Filter *coupon.Filter
	Order  *coupon.Order
}

// ready makes the edges with the first look at them: many operations need none.
func (l *Loaders) ready() *Loaders {
	l.once.Do(l.connect)
	return l
}

// connect lets each edge look up in its source.
func (l *Loaders) connect() {
	s := l.sources
	l.User = byKey(s.Accounts.ByIDs)
	l.Store = byKey(s.Stores.ByIDs)
	l.Coupon = byKey(s.Coupons.ByIDs)
	l.FollowerCount = byKey(s.Stores.FollowerCounts)
	l.StoreFollowed = byKey(s.Stores.FollowedByViewer)
	l.CouponFollowed = byKey(s.Coupons.FollowedByViewer)
	l.ViewerClaim = byKey(s.Coupons.ViewerClaims)
	l.StoreCoupons = byPage(func(ctx context.Context, ids []string, args page.Args, q CouponQuery) (map[string]*coupon.Connection, error) {
		return s.Coupons.PagesByStore(ctx, ids, args, q.Filter, q.Order)
	})
	l.UserStores = onePage(func(ctx context.Context, id string, args page.Args, _ struct{}) (*store.Connection, error) {
		return s.Stores.List(ctx, args, &store.Filter{OwnerID: &id}, nil)
	})
	l.UserFollows = onePage(func(ctx context.Context, id string, args page.Args, _ struct{}) (*store.FollowConnection, error) {
		return s.Stores.FollowsOf(ctx, id, args)
	})
	l.UserClaims = onePage(s.Coupons.ClaimsOf)

	l.CounselSession = byKey(s.Counsel.SessionsByID)
	l.CounselMessages = byPage(s.Counsel.MessagesBySession)
	l.CounselDraws = byKey(s.Counsel.DrawsBySession)
	l.CounselShare = byKey(s.Counsel.SharesBySession)
	l.CounselSessionRoom = byKey(s.Rooms.BySession)
}

type loadersKey struct{}

// With returns a context that carries fresh loaders. Call it for every operation and for every event
// of a live field.
func With(ctx context.Context, s Sources) context.Context {
	l := &Loaders{sources: s}
	if oc := operationOf(ctx); oc != nil {
		l.asked.operation = oc
		ctx = columns.With(ctx, &l.asked)
	}
	return exec.With(context.WithValue(ctx, loadersKey{}, l), l)
}

// For returns the loaders of the operation.
func For(ctx context.Context) *Loaders {
	return ctx.Value(loadersKey{}).(*Loaders).ready() //nolint:forcetypeassert // every operation has its loaders
}

// signature is equal for arguments that ask for the same page.
func signature(parts ...any) string {
	text, _ := json.Marshal(parts) // plain structs of text and numbers always marshal
	return string(text)
}
