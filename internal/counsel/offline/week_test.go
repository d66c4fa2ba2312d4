package offline_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/offline"
)

func TestAWeekIsLookedBackOnInOneSentence(t *testing.T) {
	t.Parallel()
	emotions := []insight.Emotion{insight.EmotionAnxiety, insight.EmotionHope, insight.EmotionJoy}
	topics := []insight.Topic{insight.TopicMoney, insight.TopicWork, insight.TopicLove}
	korean := offline.WeekSentence(language.Korean, emotions, topics, 4)
	require.Regexp(t, "4번", korean)
	require.Regexp(t, "돈 문제와 일 이야기", korean)
	require.Regexp(t, "불안과 기대[를가]", korean)
	require.NotContains(t, korean, "기쁨", "two are named")

	english := offline.WeekSentence(language.English, emotions, topics, 4)
	require.Contains(t, english, "4 talks")
	require.Contains(t, english, "money and work")
	require.Contains(t, english, "anxiety and hope")
	require.Contains(t, offline.WeekSentence(language.English, emotions, topics, 1), "one talk")
	require.Contains(t, offline.WeekSentence(language.Korean, emotions, topics, 1), "한 번의 상담")
}

func TestEveryWeekHasASentence(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		for _, sessions := range []int{-1, 0, 1, 2, 100} {
			for _, e := range insight.EmotionCalm.Values() {
				for _, topic := range insight.TopicDaily.Values() {
					week := func() string {
						return offline.WeekSentence(tag, []insight.Emotion{insight.Emotion(e)}, []insight.Topic{insight.Topic(topic)}, sessions)
					}
					sentence := week()
					require.Equal(t, 1, sentences(sentence), sentence)
					require.Equal(t, sentence, week())
					require.NotRegexp(t, `[{}%]|  |^\s`, week())
				}
			}
			require.Equal(t, 1, sentences(offline.WeekSentence(tag, nil, nil, sessions)))
			require.Equal(t, 1, sentences(offline.WeekSentence(tag, []insight.Emotion{"?"}, []insight.Topic{"?"}, sessions)))
		}
	}
}
