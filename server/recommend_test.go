package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// K-38: the configured model recommends to who is signed in, in their language; guests cost nothing.
func TestTheConfiguredModelRecommends(t *testing.T) {
	t.Parallel()
	model := llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{`{"picks":[{"id":2,"reason":"라면을 찾으셔서"}]}`}}
	})
	m := start(t, "MOA_LLM_URL="+model.URL, "MOA_LLM_MODEL=test")
	const query = `{ recommendedCoupons { source reason coupon { id } } }`
	require.Equal(t, "POPULARITY", m.guest().must(t, query, nil).get(t, "recommendedCoupons.0.source"))
	require.Zero(t, model.Asked())

	user := m.as(t, "user")
	user.language = "ko"
	for range 2 {
		a := user.must(t, query, nil)
		require.Equal(t, "LLM", a.get(t, "recommendedCoupons.0.source"))
		require.Equal(t, "라면을 찾으셔서", a.get(t, "recommendedCoupons.0.reason"))
		require.Equal(t, "POPULARITY", a.get(t, "recommendedCoupons.1.source"))
	}
	require.Equal(t, 1, model.Asked())
	require.Contains(t, model.Requests()[0].System(), "동네 쿠폰")
}
