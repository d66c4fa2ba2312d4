package coupon_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/test/testkit"
)

// N-19, K-40: a model that says nothing costs less than two seconds, and only once in a while.
func TestASlowModelIsWaitedForLessThanTwoSeconds(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	a := setupModel(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"{}"}, Gate: make(chan struct{}), Gone: func() { close(gone) }}
	})
	a.publishAll(10, "가", "나")
	begun := time.Now()
	model, popular := bySource(a.recommended(a.fan))
	require.Less(t, time.Since(begun), 2*time.Second)
	require.Empty(t, model)
	require.Equal(t, []string{"나", "가"}, popular)
	<-gone // the provider is not left working for nobody

	model, _ = bySource(a.recommended(a.fan))
	require.Empty(t, model)
	require.Equal(t, 1, a.model.Asked(), "the next page does not wait again")
}

// K-40: whatever goes wrong, the page gets what is popular.
func TestAModelThatFailsIsReplacedByPopularity(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]llmtest.Answer{
		"prose":             say("라면을 추천합니다!"),
		"another form":      say(`{"coupons":[1]}`),
		"no list":           say(`{"picks":{"id":1}}`),
		"null":              say(`{"picks":null}`),
		"unknown only":      say(`{"picks":[{"id":99,"reason":"a"},{"id":"cpn_1","reason":"b"},{"reason":"c"}]}`),
		"cut short":         {Deltas: []string{`{"picks":[{"id":1,`}, Reason: "length"},
		"refused":           {Reason: "content_filter"},
		"too many requests": {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}},
		"out of order":      {Status: http.StatusInternalServerError},
		"a bad key":         {Status: http.StatusUnauthorized},
		"broken off":        {Then: llmtest.Cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setupModel(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer { return answer })
			a.publishAll(10, "가", "나")
			for range 2 {
				model, popular := bySource(a.recommended(a.fan))
				require.Empty(t, model)
				require.Equal(t, []string{"나", "가"}, popular)
			}
			require.Equal(t, 1, a.model.Asked(), "the same is not asked again at once")
		})
	}
}

func TestAProviderOutOfOrderIsNotAsked(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Status: http.StatusInternalServerError}
	})
	a.publishAll(10, "가")
	crowd := people(t, a.db, 7)
	for i, ctx := range crowd {
		a.searched(ctx, number(i)) // else they would share one answer
		model, popular := bySource(a.recommended(ctx))
		require.Empty(t, model)
		require.Equal(t, []string{"가"}, popular)
	}
	require.Equal(t, 5, a.model.Asked(), "then the circuit is open")
}

// Without memory each page would cost a call.
func TestAModelIsNotAskedWhileTheCacheIsAway(t *testing.T) {
	t.Parallel()
	away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = away.Close() })
	a := setupModel(t, testkit.SQLite(t), choose("가"), func(deps *coupon.Deps) {
		deps.Cache = cache.NewRedis(away, "moa:test:")
	})
	a.publishAll(10, "가")
	model, popular := bySource(a.recommended(a.fan))
	require.Empty(t, model)
	require.Equal(t, []string{"가"}, popular)
	require.Zero(t, a.model.Asked())
}

func TestWhoLeavesDoesNotWasteAnAnswer(t *testing.T) {
	t.Parallel()
	fan := make(chan context.CancelFunc, 1)
	a := setupModel(t, testkit.SQLite(t), func(r llmtest.Request) llmtest.Answer {
		(<-fan)()
		return choose("가")(r)
	})
	a.publishAll(10, "가")
	ctx, leave := context.WithCancel(a.fan)
	defer leave()
	fan <- leave
	_, _ = a.Recommended(ctx) // nobody reads it
	model, _ := bySource(a.recommended(a.fan))
	require.Equal(t, []string{"가"}, model)
	require.Equal(t, 1, a.model.Asked())
}

func TestWhoWaitsForAnothersAnswerWaitsNoLongerThanTheirOwnTime(t *testing.T) {
	t.Parallel()
	called, release := make(chan struct{}), make(chan struct{})
	a := setupModel(t, testkit.SQLite(t), func(r llmtest.Request) llmtest.Answer {
		close(called)
		<-release
		return choose("가")(r)
	})
	a.publishAll(10, "가")
	first := make(chan []*coupon.Recommendation, 1)
	go func() { first <- a.recommended(a.fan) }()
	<-called
	hurried, cancel := context.WithTimeout(a.fan, 700*time.Millisecond)
	defer cancel()
	model, popular := bySource(a.recommended(hurried))
	require.Empty(t, model)
	require.Equal(t, []string{"가"}, popular)
	require.NoError(t, hurried.Err(), "there was time left to answer")
	close(release)
	model, _ = bySource(<-first)
	require.Equal(t, []string{"가"}, model)
	require.Equal(t, 1, a.model.Asked())
}
