package coupon

import (
	"context"
	"errors"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

const (
	// candidates is how many coupons each source of candidates gives.
	candidates = 20
	// maxCandidates is how many are chosen from.
	maxCandidates = 40
)

// candidate is a coupon that may be recommended, and what speaks for it beside its popularity.
type candidate struct {
	coupon   *ent.Coupon
	store    *ent.Store // its name and category; nil for guests, who like nothing in particular
	keyword  string
	category string
}

// score ranks: a search says more than a category.
func (c candidate) score() (n int) {
	if c.keyword != "" {
		n += 2
	}
	if c.category != "" {
		n++
	}
	return n
}

// candidates returns the most popular coupons that the viewer can claim, of all, of the liked
// categories and of what was searched for.
func (s *Service) candidates(ctx context.Context, v viewer.Viewer, liked taste) ([]candidate, error) {
	sources := []predicate.Coupon{nil} // nil: of all
	if len(liked.categories) > 0 {
		sources = append(sources, coupon.HasStoreWith(store.CategoryIn(liked.categories...)))
	}
	if words := liked.found(); len(words) > 0 {
		sources = append(sources, coupon.Or(words...))
	}
	rows := make(map[string]*ent.Coupon)
	for _, of := range sources {
		query := s.claimable(v)
		if of != nil {
			query.Where(of)
		}
		some, err := query.Order(coupon.ByClaimedCount(entsql.OrderDesc()), coupon.ByID(entsql.OrderDesc())).Limit(candidates).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range some {
			rows[row.ID] = row
		}
	}
	return s.judge(ctx, v, rows, liked)
}

// judge notes what speaks for each coupon.
func (s *Service) judge(ctx context.Context, v viewer.Viewer, rows map[string]*ent.Coupon, liked taste) ([]candidate, error) {
	stores, err := s.storesOf(ctx, v, rows)
	if err != nil {
		return nil, err
	}
	found := make([]candidate, 0, len(rows))
	for _, row := range rows {
		c := candidate{coupon: row, keyword: liked.keywordIn(row), store: stores[row.StoreID]}
		if c.store != nil && slices.Contains(liked.categories, c.store.Category) {
			c.category = c.store.Category
		}
		found = append(found, c)
	}
	return found, nil
}

// storesOf returns names and categories of the coupons' stores, by the store's id; nothing for guests.
func (s *Service) storesOf(ctx context.Context, v viewer.Viewer, rows map[string]*ent.Coupon) (map[string]*ent.Store, error) {
	if v.IsGuest() || len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.StoreID)
	}
	stores, err := s.deps.DB.Read().Store.Query().
		Where(store.IDIn(ids...)).
		Select(store.FieldID, store.FieldName, store.FieldCategory).
		All(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*ent.Store, len(stores))
	for _, row := range stores {
		byID[row.ID] = row
	}
	return byID, nil
}

// stillClaimable returns the candidates that the viewer can still claim, as they are now. A database that
// does not answer in what is left of the time takes nothing away: the candidates are two seconds old then.
func (s *Service) stillClaimable(ctx context.Context, v viewer.Viewer, found []candidate) []candidate {
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.coupon.ID
	}
	rows, err := s.claimable(v).Where(coupon.IDIn(ids...)).All(ctx)
	if errors.Is(err, context.Canceled) {
		return found // nobody reads it any more
	}
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "recommended coupons were not looked at again", "error", err)
		return found
	}
	now := make(map[string]*ent.Coupon, len(rows))
	for _, row := range rows {
		now[row.ID] = row
	}
	still := make([]candidate, 0, len(rows))
	for _, c := range found {
		if c.coupon = now[c.coupon.ID]; c.coupon != nil {
			still = append(still, c)
		}
	}
	return still
}

// claimable looks for the coupons that the viewer can claim now.
func (s *Service) claimable(v viewer.Viewer) *ent.CouponQuery {
	return s.deps.DB.Read().Coupon.Query().Where(visible(), stands(StatusActive, s.Now()), unclaimed(v.ID))
}

// unclaimed holds for coupons that the user has not claimed; for all when there is no user.
func unclaimed(userID string) predicate.Coupon {
	return func(s *entsql.Selector) {
		if userID == "" {
			return
		}
		claims := entsql.Table(couponclaim.Table)
		mine := entsql.Dialect(s.Dialect()).Select().From(claims).Where(entsql.And(
			entsql.ColumnsEQ(claims.C(couponclaim.FieldCouponID), s.C(coupon.FieldID)),
			entsql.EQ(claims.C(couponclaim.FieldUserID), userID),
		))
		s.Where(entsql.Not(entsql.Exists(mine)))
	}
}
