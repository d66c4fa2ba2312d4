package coupon

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

const (
	// maxRecommended is how many coupons are recommended at most.
	maxRecommended = 5
	// candidates is how many coupons each source of candidates gives.
	candidates = 20
)

// Recommended returns at most five coupons that the viewer can claim now: first what matches recent
// searches and the categories of what the viewer follows and has claimed, then what is popular.
// Guests get what is popular. Nothing that the viewer has claimed is among them.
func (s *Service) Recommended(ctx context.Context) ([]*Recommendation, error) {
	v := viewer.From(ctx)
	liked, err := s.tasteOf(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("learn what %s likes: %w", v.ID, db.Fault(err))
	}
	found, err := s.candidates(ctx, v, liked)
	if err != nil {
		return nil, fmt.Errorf("find coupons to recommend: %w", db.Fault(err))
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(b.score(), a.score()),
			cmp.Compare(b.coupon.ClaimedCount, a.coupon.ClaimedCount),
			cmp.Compare(b.coupon.ID, a.coupon.ID))
	})
	chosen := make([]*Recommendation, 0, maxRecommended)
	for _, c := range found[:min(len(found), maxRecommended)] {
		chosen = append(chosen, &Recommendation{Coupon: c.coupon, Reason: s.reason(ctx, c), Source: SourcePopularity})
	}
	return chosen, nil
}

// candidate is a coupon that may be recommended, and what speaks for it beside its popularity.
type candidate struct {
	coupon   *ent.Coupon
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

// reason says why, in the viewer's language.
func (s *Service) reason(ctx context.Context, c candidate) string {
	language := viewer.Language(ctx)
	switch {
	case c.keyword != "":
		return s.deps.Words.Say(language, "recommendation.keyword", c.keyword)
	case c.category != "":
		return s.deps.Words.Say(language, "recommendation.category", c.category)
	}
	return s.deps.Words.Say(language, "recommendation.popular")
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
		query := s.deps.DB.Read().Coupon.Query().Where(visible(), stands(StatusActive, s.Now()), unclaimed(v.ID))
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
	return s.judge(ctx, rows, liked)
}

// judge notes what speaks for each coupon.
func (s *Service) judge(ctx context.Context, rows map[string]*ent.Coupon, liked taste) ([]candidate, error) {
	categories, err := s.categories(ctx, rows, liked)
	if err != nil {
		return nil, err
	}
	found := make([]candidate, 0, len(rows))
	for _, row := range rows {
		found = append(found, candidate{coupon: row, keyword: liked.keywordIn(row), category: categories[row.StoreID]})
	}
	return found, nil
}

// categories returns the liked categories of the coupons' stores, by the store's id.
func (s *Service) categories(ctx context.Context, rows map[string]*ent.Coupon, liked taste) (map[string]string, error) {
	if len(liked.categories) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.StoreID)
	}
	stores, err := s.deps.DB.Read().Store.Query().
		Where(store.IDIn(ids...), store.CategoryIn(liked.categories...)).
		Select(store.FieldID, store.FieldCategory).
		All(ctx)
	if err != nil {
		return nil, err
	}
	byStore := make(map[string]string, len(stores))
	for _, row := range stores {
		byStore[row.ID] = row.Category
	}
	return byStore, nil
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
