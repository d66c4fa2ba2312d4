package insight_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// The labels of the corpus.
const (
	labelDaily   = "0"
	labelBreakup = "1"
	labelLove    = "2"
)

func TestMostRealWorriesOfTheHeartAreRecognised(t *testing.T) {
	t.Parallel()
	love := map[string]int{}
	breakup := map[string]int{}
	either := map[string]int{}
	rows := map[string]int{}
	for _, w := range worries(t) {
		topics := insight.Topics(w.text)
		rows[w.label]++
		ofLove, ofBreakup := slices.Contains(topics, insight.TopicLove), slices.Contains(topics, insight.TopicBreakup)
		if ofLove {
			love[w.label]++
		}
		if ofBreakup {
			breakup[w.label]++
		}
		if ofLove || ofBreakup {
			either[w.label]++
		}
	}
	share := func(found map[string]int, label string) float64 {
		return float64(found[label]) / float64(rows[label])
	}
	t.Logf("breakup rows: %.3f BREAKUP, %.3f BREAKUP or LOVE", share(breakup, labelBreakup), share(either, labelBreakup))
	t.Logf("love rows: %.3f LOVE", share(love, labelLove))
	t.Logf("daily rows: %.3f BREAKUP or LOVE", share(either, labelDaily))
	require.GreaterOrEqual(t, share(either, labelBreakup), 0.6)
	require.GreaterOrEqual(t, share(love, labelLove), 0.6)
	require.Less(t, share(either, labelDaily), 0.25)
}

func TestFewRealWorriesAreTakenForACrisis(t *testing.T) {
	t.Parallel()
	rows := worries(t)
	flagged := 0
	for _, w := range rows {
		if insight.Crisis(w.text) {
			flagged++
			t.Log(w.text)
		}
	}
	require.Positive(t, flagged)
	require.Less(t, float64(flagged)/float64(len(rows)), 0.004)
}

func BenchmarkClassify(b *testing.B) {
	rows := worries(b)
	for i := 0; b.Loop(); i++ {
		text := rows[i%len(rows)].text
		insight.Emotions(text)
		insight.Topics(text)
		insight.Crisis(text)
	}
}
