package coupon

import (
	"context"
	"errors"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// How far back a taste goes.
const (
	// tasteKeywords is how many different searches count, the latest first.
	tasteKeywords = 5
	// tasteSearches is how many searches are looked at for them.
	tasteSearches = 20
)

// taste is what is known of what a viewer likes.
type taste struct {
	categories []string // most liked first
	keywords   []string // latest first
}

// likedCategories returns the categories of the stores that a user follows, of the coupons that the
// user follows and of the last hundred that the user has claimed.
const likedCategories = `
SELECT stores.category FROM (
  SELECT store_id FROM follows WHERE user_id = $1 AND store_id IS NOT NULL
  UNION ALL
  SELECT coupons.store_id FROM follows JOIN coupons ON coupons.id = follows.coupon_id WHERE follows.user_id = $1
  UNION ALL
  SELECT coupons.store_id FROM (
    SELECT coupon_id FROM coupon_claims WHERE user_id = $1 ORDER BY id DESC LIMIT 100
  ) AS claimed JOIN coupons ON coupons.id = claimed.coupon_id
) AS liked JOIN stores ON stores.id = liked.store_id
GROUP BY stores.category ORDER BY COUNT(*) DESC, stores.category LIMIT 5`

// tasteOf returns what is known of the viewer: nothing of a guest.
func (s *Service) tasteOf(ctx context.Context, v viewer.Viewer) (liked taste, err error) {
	if v.IsGuest() {
		return liked, nil
	}
	rows, err := s.deps.DB.Read().QueryContext(ctx, likedCategories, v.ID)
	if err != nil {
		return liked, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	if err := errors.Join(entsql.ScanSlice(rows, &liked.categories), rows.Err()); err != nil {
		return liked, err
	}
	searches, err := s.deps.DB.Read().SearchHistory.Query().
		Where(searchhistory.UserID(v.ID)).
		Order(searchhistory.ByCreatedAt(entsql.OrderDesc()), searchhistory.ByID(entsql.OrderDesc())).
		Limit(tasteSearches).
		All(ctx)
	if err != nil {
		return liked, err
	}
	for _, row := range searches {
		if len(liked.keywords) < tasteKeywords && !slices.Contains(liked.keywords, row.Keyword) {
			liked.keywords = append(liked.keywords, row.Keyword)
		}
	}
	return liked, nil
}

// found returns what holds for the coupons that each of the searches finds.
func (t taste) found() (conditions []predicate.Coupon) {
	for _, keyword := range t.keywords {
		if words, err := db.Search(keyword); err == nil { // the rules may have changed since it was made
			conditions = append(conditions, words.Where(nil))
		}
	}
	return conditions
}

// keywordIn returns the latest search that finds c, or "".
func (t taste) keywordIn(c *ent.Coupon) string {
	for _, keyword := range t.keywords {
		missing := slices.ContainsFunc(strings.Fields(keyword), func(word string) bool {
			return !strings.Contains(c.SearchText, word)
		})
		if !missing {
			return keyword
		}
	}
	return ""
}
