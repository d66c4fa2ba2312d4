package coupon_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

func TestTheModelIsAskedAgainOnlyWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose("가"))
	a.publishAll(10, "가", "나")
	asked := func(times int, why string) {
		t.Helper()
		for range 2 {
			model, _ := bySource(a.recommended(a.fan))
			require.Equal(t, []string{"가"}, model)
			require.Equal(t, times, a.model.Asked(), why)
		}
	}
	asked(1, "the second time it is kept")
	a.searched(a.fan, "라면")
	asked(2, "a new search")
	a.publishAll(10, "다")
	asked(3, "a new coupon")
	a.fan = viewer.WithLanguage(a.fan, language.Korean)
	asked(4, "another language")
}

func TestEqualTastesShareAnAnswer(t *testing.T) {
	t.Parallel()
	a := setupModel(t, testkit.SQLite(t), choose("가"))
	a.publishAll(10, "가")
	for _, ctx := range people(t, a.db, 3) {
		a.searched(ctx, "라면")
		model, _ := bySource(a.recommended(ctx))
		require.Equal(t, []string{"가"}, model)
	}
	require.Equal(t, 1, a.model.Asked())
}

// The first call is held until all have begun: who comes then waits for its answer, or finds it kept.
func TestEqualQuestionsAtTheSameTimeAreOneCall(t *testing.T) {
	t.Parallel()
	const crowd = 20
	var armed atomic.Bool
	var begun atomic.Int64
	all, released := make(chan struct{}), make(chan struct{})
	a := setupModel(t, testkit.SQLite(t), func(r llmtest.Request) llmtest.Answer {
		<-released
		return choose("가")(r)
	}, func(deps *coupon.Deps) {
		now := deps.Now
		deps.Now = func() time.Time {
			if armed.Load() && begun.Add(1) == crowd {
				close(all)
			}
			return now()
		}
	})
	a.publishAll(10, "가")
	armed.Store(true) // each question looks at the clock when it reads the candidates
	var group errgroup.Group
	for range crowd {
		group.Go(func() error {
			model, _ := bySource(a.recommended(a.fan))
			require.Equal(t, []string{"가"}, model)
			return nil
		})
	}
	<-all
	close(released)
	require.NoError(t, group.Wait())
	require.Equal(t, 1, a.model.Asked())
}

func TestReplicasShareTheModelsAnswers(t *testing.T) {
	t.Parallel()
	client, prefix := testkit.Redis(t)
	d, model := testkit.SQLite(t), llmtest.New(t, choose("가"))
	shared := func(deps *coupon.Deps) { deps.Cache = cache.NewRedis(client, prefix) }
	one := setup(t, d, shared, withModel(t, model))
	one.publishAll(10, "가")
	other := stopped(t, d, testkit.Bus(t), shared, withModel(t, model))
	fan := people(t, d, 1)[0]
	for _, replica := range []*bundle{one, other} {
		chosen, _ := bySource(replica.recommended(fan))
		require.Equal(t, []string{"가"}, chosen)
	}
	require.Equal(t, 1, model.Asked())
}

// W-15: calls are bounded for each viewer and for all; beyond it there is what is popular.
func TestCallsOfTheModelAreBounded(t *testing.T) {
	t.Parallel()
	d, limiter := testkit.SQLite(t), cache.NewMemoryLimiter(100)
	a := setupModel(t, d, choose("가"), func(deps *coupon.Deps) { deps.Limiter, deps.ModelCalls = limiter, 20 })
	a.publishAll(10, "가")
	modelAnswers := 0
	for i := range 6 {
		a.searched(a.fan, number(i))
		model, _ := bySource(a.recommended(a.fan))
		modelAnswers += len(model)
	}
	require.Equal(t, 4, modelAnswers, "one viewer's")
	for i, ctx := range people(t, d, 3) {
		a.searched(ctx, "other "+number(i))
		model, popular := bySource(a.recommended(ctx))
		modelAnswers += len(model)
		require.Len(t, append(model, popular...), 1)
	}
	require.Equal(t, 5, modelAnswers, "everybody's: a quarter of what an hour allows, at once")
	require.Equal(t, 5, a.model.Asked())
}
