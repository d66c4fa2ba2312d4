package coupon_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// K-38, D-26: what the model chooses is filtered to what was offered, each once, five at most.
func TestTheModelRecommendsFiveOfWhatItWasOffered(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		a := setupModel(t, d, choose("#99", "바", "#0", "#-1", "마", "바", "가", "나", "다", "라"))
		made := a.publishAll(10, "가", "나", "다", "라", "마", "바")
		a.searched(a.fan, "국수")
		a.searched(a.fan, "라면")
		korean := viewer.WithLanguage(a.fan, language.Korean)

		list := a.recommended(korean)
		model, popular := bySource(list)
		require.Equal(t, []string{"바", "마", "가", "나", "다"}, model)
		require.Empty(t, popular)
		require.Equal(t, "좋아하실 바", list[0].Reason)

		request := a.model.Requests()[0]
		require.Contains(t, request.System(), "당신은 동네 쿠폰 서비스 '모아'")
		require.Equal(t, "json_schema", request.ResponseFormat.Type)
		require.Equal(t, []string{"라면", "국수"}, toldIn(request).Searches)
		require.Equal(t, offered{ID: 1, Title: "바", Discount: "3000 KRW", Store: a.store.Name, Category: "카페"}, toldIn(request).Coupons[0])
		for _, c := range made {
			require.NotContains(t, string(request.Raw), c.ID, "what is not sent cannot come back")
		}
		require.Empty(t, toldIn(request).Likes)
	})
}

func TestPopularityFillsUpWhatTheModelLeavesOpen(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose("가"))
	a.publishAll(10, "가", "나", "다", "라", "마", "바")
	list := a.recommended(a.fan)
	model, popular := bySource(list)
	require.Equal(t, []string{"가"}, model)
	require.Equal(t, []string{"바", "마", "라", "다"}, popular)
	require.Equal(t, "Popular in the neighbourhood", list[1].Reason)
	require.Contains(t, a.model.Requests()[0].System(), "You choose coupons")
}

func TestFortyCouponsAreOfferedAtMost(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose())
	var titles []string
	for i := range 50 {
		titles = append(titles, "라면 "+number(i))
	}
	a.publishAll(10, titles...)
	others := a.newStore(a.owner, "빵집")
	for i := range 25 {
		input := a.input(10)
		input.StoreID, input.Title = others.ID, "빵 "+number(i)
		a.publish(input)
	}
	a.searched(a.fan, "라면")
	a.recommended(a.fan)
	require.Len(t, toldIn(a.model.Requests()[0]).Coupons, 40)
}

// D-26: what was claimed or sold out while the model was thinking is not recommended.
func TestWhatIsGoneMeanwhileIsNotRecommended(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		var meanwhile func()
		a := setupModel(t, d, func(r llmtest.Request) llmtest.Answer {
			meanwhile()
			return choose("가", "나", "다")(r)
		})
		made := a.publishAll(1, "가", "나", "다", "라")
		meanwhile = func() {
			_, err := a.Claim(a.fan, coupon.ClaimInput{CouponID: made[0].ID})
			require.NoError(t, err)
			_, err = a.Claim(people(t, d, 1)[0], coupon.ClaimInput{CouponID: made[1].ID})
			require.NoError(t, err)
		}
		model, popular := bySource(a.recommended(a.fan))
		require.Equal(t, []string{"다"}, model)
		require.Equal(t, []string{"라"}, popular)
	})
}

// D-26: an answer that is kept shows nothing that has gone since either.
func TestAKeptAnswerShowsNothingThatIsGone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		a := setupModel(t, d, choose("가", "나"))
		made := a.publishAll(10, "가", "나", "다")
		model, _ := bySource(a.recommended(a.fan))
		require.Equal(t, []string{"가", "나"}, model)
		_, err := a.Claim(a.fan, coupon.ClaimInput{CouponID: made[0].ID})
		require.NoError(t, err)
		a.model.Script(choose("나"))
		model, popular := bySource(a.recommended(a.fan))
		require.Equal(t, []string{"나"}, model)
		require.Equal(t, []string{"다"}, popular)
	})
}

func TestAReasonIsOneCleanLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("라면", 80)
	for name, c := range map[string]struct{ said, shown string }{
		"lines":        {`라면을\n\t찾으셔서 `, "라면을 찾으셔서"},
		"controls":     {`라면\u0000\u001b[31m 한 그릇`, "라면 [31m 한 그릇"},
		"turned round": {`\u202e라면\u200b`, "라면"},
		"long":         {long, long[:99*3] + "…"},
		"an address":   {`라면은 https://evil.example 에서`, "Popular in the neighbourhood"},
		"nothing":      {` \n `, "Popular in the neighbourhood"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setupModel(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer {
				return say(`{"picks":[{"id":"1","reason":"` + c.said + `"}]}`)
			})
			a.publishAll(10, "가")
			list := a.recommended(a.fan)
			require.Equal(t, coupon.SourceLLM, list[0].Source)
			require.Equal(t, c.shown, list[0].Reason)
		})
	}
}

func TestGuestsAreRecommendedWhatIsPopularWithoutACall(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose("가"))
	a.publishAll(10, "가", "나")
	model, popular := bySource(a.recommended(context.Background()))
	require.Empty(t, model)
	require.Equal(t, []string{"나", "가"}, popular)
	require.Zero(t, a.model.Asked())
}

func TestNothingToChooseFromIsNoReasonToAsk(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose())
	require.Empty(t, a.recommended(a.fan))
	require.Zero(t, a.model.Asked())
}
