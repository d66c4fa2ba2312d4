package coupon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

const (
	// maxRecommended is how many coupons are recommended at most.
	maxRecommended = 5
	// recommendTime is how long the whole answer may take, with all that is read and asked for it.
	recommendTime = 2 * time.Second
	// recommendReserve is what the model has to leave of it, for an answer without the model.
	recommendReserve = 300 * time.Millisecond
)

// Recommended returns at most five coupons that the viewer can claim now, within two seconds. Where there
// is a language model, it chooses for who is signed in. What it leaves open, and all when it is too slow or
// fails, is what matches recent searches and the categories of what the viewer follows and has claimed, then
// what is popular. Guests get what is popular. Nothing that the viewer has claimed is among them.
func (s *Service) Recommended(ctx context.Context) ([]*Recommendation, error) {
	ctx, cancel := context.WithTimeout(ctx, recommendTime)
	defer cancel()
	v := viewer.From(ctx)
	liked, err := s.tasteOf(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("learn what %s likes: %w", v.ID, db.Fault(err))
	}
	found, err := s.candidates(ctx, v, liked)
	if err != nil {
		return nil, fmt.Errorf("find coupons to recommend: %w", db.Fault(err))
	}
	found = ranked(found)
	advice := s.adviser.advise(ctx, v, liked, found)
	if advice.waited {
		found = s.stillClaimable(ctx, v, found)
	}
	return s.recommend(ctx, found, advice.picks), nil
}

// ranked returns the best of the candidates, the best first.
func ranked(found []candidate) []candidate {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(b.score(), a.score()),
			cmp.Compare(b.coupon.ClaimedCount, a.coupon.ClaimedCount),
			cmp.Compare(b.coupon.ID, a.coupon.ID))
	})
	return found[:min(len(found), maxCandidates)]
}

// recommend returns what the model picked of the candidates, and fills up with the best of the others.
func (s *Service) recommend(ctx context.Context, found []candidate, picks []pick) []*Recommendation {
	chosen := make([]*Recommendation, 0, maxRecommended)
	taken := make(map[string]bool, maxRecommended)
	add := func(c candidate, reason string, source Source) {
		if len(chosen) == maxRecommended || taken[c.coupon.ID] {
			return
		}
		taken[c.coupon.ID] = true
		chosen = append(chosen, &Recommendation{Coupon: c.coupon, Reason: cmp.Or(reason, s.reason(ctx, c)), Source: source})
	}
	for _, p := range picks {
		i := slices.IndexFunc(found, func(c candidate) bool { return c.coupon.ID == p.CouponID })
		if i >= 0 {
			add(found[i], p.Reason, SourceLLM)
		}
	}
	for _, c := range found {
		add(c, "", SourcePopularity)
	}
	return chosen
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
