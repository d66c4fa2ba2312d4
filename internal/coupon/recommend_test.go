package coupon_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// K-37, N-19, D-26: five at most, all claimable, the viewer's taste first.
func TestRecommended(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		fan, crowd := people(t, d, 1)[0], people(t, d, 12)
		publish := func(store *ent.Store, title string, quantity, claims int) *ent.Coupon {
			input := b.input(quantity)
			input.StoreID, input.Title = store.ID, title
			c := b.publish(input)
			for _, ctx := range crowd[:claims] {
				_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
				require.NoError(t, err)
			}
			return c
		}
		gym := b.newStore(b.owner, "헬스장")
		bakery := b.newStore(b.owner, "빵집")
		var popular []*ent.Coupon
		for claims := 7; claims > 1; claims-- {
			popular = append(popular, publish(gym, "헬스장 하루", 100, claims))
		}
		soldOut := publish(gym, "매진", 12, 12)
		bread := publish(bakery, "식빵", 10, 0)
		ramen := publish(gym, "매운 라면 한 그릇", 10, 0)

		guest, err := b.Recommended(t.Context())
		require.NoError(t, err)
		require.Equal(t, idsOf(popular[:5]), recommendedIDs(guest))
		require.Equal(t, "Popular in the neighbourhood", guest[0].Reason)
		require.Equal(t, coupon.SourcePopularity, guest[0].Source)

		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := tx.SearchHistory.Create().SetUserID(viewerID(fan)).SetKeyword("라면").Exec(ctx); err != nil {
				return err
			}
			return tx.Follow.Create().SetUserID(viewerID(fan)).SetStoreID(bakery.ID).Exec(ctx)
		})
		counted, counter := db.WithCounter(viewer.WithLanguage(fan, language.Korean))
		mine, err := b.Recommended(counted)
		require.NoError(t, err)
		require.LessOrEqual(t, counter.Count(), 6, "statements, whatever is found")
		require.Equal(t, idsOf([]*ent.Coupon{ramen, bread, popular[0], popular[1], popular[2]}), recommendedIDs(mine))
		require.Equal(t, "“라면” 검색을 하셔서", mine[0].Reason)
		require.Equal(t, "빵집 업종을 좋아하셔서", mine[1].Reason)
		require.NotContains(t, recommendedIDs(mine), soldOut.ID)

		_, err = b.Claim(fan, coupon.ClaimInput{CouponID: ramen.ID})
		require.NoError(t, err)
		mine, err = b.Recommended(fan)
		require.NoError(t, err)
		require.NotContains(t, recommendedIDs(mine), ramen.ID)
		require.Equal(t, popular[0].ID, mine[0].Coupon.ID)
		require.Equal(t, "Because you like 헬스장", mine[0].Reason, "what was claimed is liked too")
	})
}

func recommendedIDs(list []*coupon.Recommendation) (ids []string) {
	for _, r := range list {
		ids = append(ids, r.Coupon.ID)
	}
	return ids
}

func idsOf(list []*ent.Coupon) (ids []string) {
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}

func pageAll() page.Args { return page.Args{First: ptr(100)} }

// K-37: searches are remembered beside the read, without repetitions, the last hundred.
func TestSearchesAreRemembered(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := stopped(t, d, testkit.Bus(t))
		fan := people(t, d, 1)[0]
		search := func(ctx context.Context, words string) {
			_, err := b.List(ctx, page.Args{}, &coupon.Filter{Search: &words}, nil)
			require.NoError(t, err)
		}
		for range 3 {
			search(fan, " 떡볶이  Set")
		}
		search(context.Background(), "손님")
		for i := range 101 {
			search(fan, number(i))
		}
		search(fan, number(100))

		ctx, stop := context.WithCancel(t.Context())
		stop()
		require.NoError(t, b.Run(ctx)) // ends at once, after it has written what waits
		rows, err := d.Read().SearchHistory.Query().Order(searchhistory.ByCreatedAt(), searchhistory.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, rows, 100)
		require.False(t, slices.ContainsFunc(rows, func(r *ent.SearchHistory) bool { return r.UserID != viewerID(fan) }))
		require.Equal(t, number(1), rows[0].Keyword)
		require.Equal(t, number(100), rows[99].Keyword)
	})
}
