package insight_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

func TestAWorryTellsItsFeelingsAndItsTopics(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		emotion insight.Emotion
		topic   insight.Topic
	}{
		{"내일 면접인데 너무 긴장되고 걱정돼요", insight.EmotionAnxiety, insight.TopicWork},
		{"남자친구랑 헤어졌는데 하루 종일 눈물만 나요", insight.EmotionSadness, insight.TopicBreakup},
		{"팀장님이 또 나한테만 갑질해서 화가 나", insight.EmotionAnger, insight.TopicWork},
		{"말할 사람이 없어서 너무 외로워", insight.EmotionLoneliness, insight.TopicDaily},
		{"야근이 계속돼서 완전히 지쳤어. 쉬고 싶다", insight.EmotionFatigue, insight.TopicWork},
		{"엄마한테 심한 말을 해서 미안하고 후회돼", insight.EmotionGuilt, insight.TopicFamily},
		{"전공을 바꿔야 할지 모르겠어. 어떻게 해야 하나 고민이야", insight.EmotionConfusion, insight.TopicStudy},
		{"짝사랑하는 사람만 보면 설레고 두근거려", insight.EmotionLove, insight.TopicLove},
		{"드디어 합격했어! 너무 행복해", insight.EmotionJoy, insight.TopicStudy},
		{"늘 곁에 있어 준 친구가 정말 고마워", insight.EmotionGratitude, insight.TopicFriendship},
		{"대출 이자랑 월세 때문에 막막해", insight.EmotionAnxiety, insight.TopicMoney},
		{"요즘 두통이 심해서 병원에 가야 할까 걱정이야", insight.EmotionAnxiety, insight.TopicHealth},
		{"자존감이 낮아서 자꾸 남들과 비교하게 돼", insight.EmotionCalm, insight.TopicSelf},
		{"앞으로 내 인생이 어떻게 될지 두려워", insight.EmotionAnxiety, insight.TopicFuture},
		{"점심에 김밥을 먹었다", insight.EmotionCalm, insight.TopicDaily},
		{"I'm so worried about my exam next week", insight.EmotionAnxiety, insight.TopicStudy},
		{"We broke up and I can't stop crying", insight.EmotionSadness, insight.TopicBreakup},
		{"My boss is unfair and it makes me furious", insight.EmotionAnger, insight.TopicWork},
		{"I feel so lonely, I have no friends here", insight.EmotionLoneliness, insight.TopicFriendship},
		{"I yelled at my mother and feel guilty and ashamed", insight.EmotionGuilt, insight.TopicFamily},
		{"I have a crush on somebody and I love how we talk", insight.EmotionLove, insight.TopicLove},
		{"Thank you, I am grateful", insight.EmotionGratitude, insight.TopicDaily},
		{"the weather", insight.EmotionCalm, insight.TopicDaily},
	} {
		require.Equal(t, c.emotion, insight.Emotions(c.text)[0], c.text)
		require.Equal(t, c.topic, insight.Topics(c.text)[0], c.text)
		decomposed := norm.NFD.String(c.text)
		require.Equal(t, insight.Emotions(c.text), insight.Emotions(decomposed), c.text)
		require.Equal(t, insight.Topics(c.text), insight.Topics(strings.ToUpper(decomposed)), c.text)
	}
}

func TestADeniedFeelingDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"이제 외롭지 않아", "나는 안 슬퍼", "하나도 걱정되지 않아", "희망이 없어", "I am not sad", "I don't feel lonely", "I was never really angry"} {
		require.Equal(t, []insight.Emotion{insight.EmotionCalm}, insight.Emotions(text), text)
	}
	require.Equal(t, insight.EmotionSadness, insight.Emotions("요즘 행복하지 않아")[0])
	require.Equal(t, []insight.Emotion{insight.EmotionSadness}, insight.Emotions("죽고 싶어"), "this wish is no hope")
	require.Equal(t, insight.TopicLove, insight.Topics("I don't love my boyfriend any more")[0], "what it is about is no matter of denial")
}

func TestAnswersAreFewAndNeverEmpty(t *testing.T) {
	t.Parallel()
	everything := "불안하고 슬프고 화나고 외롭고 피곤하고 미안하고 모르겠고, 사랑도 이별도 가족도 친구도 회사도 공부도 돈도 병원도 걱정이야"
	require.Len(t, insight.Emotions(everything), 3)
	require.Len(t, insight.Topics(everything), 2)
	for _, text := range []string{"", " ", "\x00\xff", "😀😀", "12345", strings.Repeat("걱정 ", 2_000)} {
		emotions, topics := insight.Emotions(text), insight.Topics(text)
		require.NotEmpty(t, emotions)
		require.NotEmpty(t, topics)
		for _, e := range emotions {
			require.True(t, e.Valid())
		}
		for _, topic := range topics {
			require.True(t, topic.Valid())
		}
	}
}

func TestOnlyAClearTopicIsNamedToThePerson(t *testing.T) {
	t.Parallel()
	require.Equal(t, []insight.Topic{insight.TopicBreakup}, insight.ClearTopics("어제 헤어졌어"))
	require.Empty(t, insight.ClearTopics("눈물이 나"), "tears alone say nothing of a breakup")
	require.Empty(t, insight.ClearTopics("점심에 김밥을 먹었다"))
}

func TestWhatAModelNamesIsParsed(t *testing.T) {
	t.Parallel()
	require.Equal(t, []insight.Emotion{insight.EmotionJoy, insight.EmotionAnger, insight.EmotionCalm},
		insight.ParseEmotions([]string{" joy", "HAPPINESS", "Anger", "JOY", "", "CALM", "HOPE"}))
	require.Equal(t, []insight.Topic{insight.TopicWork, insight.TopicMoney}, insight.ParseTopics([]string{"work", "MONEY", "LOVE"}))
	require.Nil(t, insight.ParseEmotions([]string{"기쁨"}))
	require.Nil(t, insight.ParseTopics(nil))
	require.False(t, insight.Emotion("joy").Valid())
	require.False(t, insight.Topic("").Valid())
	require.Len(t, insight.EmotionJoy.Values(), 12)
	require.Len(t, insight.TopicLove.Values(), 11)
	require.True(t, slices.Contains(insight.TopicLove.Values(), "DAILY"))
}
