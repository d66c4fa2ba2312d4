package offline_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/offline"
)

func TestACrisisIsAnsweredWithTheWayToHelp(t *testing.T) {
	t.Parallel()
	help := map[language.Tag]string{language.Korean: "상담전화", language.English: "help line"}
	for _, tag := range languages() {
		for _, voice := range voices() {
			for _, stage := range []offline.Stage{offline.StageTalk, offline.StageReading} {
				for _, text := range []string{"이제 정말 죽고 싶어", "I want to kill myself"} {
					reply := offline.Answer(offline.Turn{Voice: voice, Stage: stage, Language: tag, Lines: said(text), Cards: cards(3)})
					require.Contains(t, reply.Text, help[tag])
					require.NotContains(t, reply.Text, text, "such words are not repeated")
					require.False(t, reply.OffersCards)
					require.Equal(t, insight.EmotionSadness, reply.Emotions[0])
					require.LessOrEqual(t, sentences(reply.Text), 9)
				}
			}
		}
	}
	unknown := offline.Answer(offline.Turn{Voice: "COUNSELOR", Stage: offline.StageTalk, Language: language.Korean, Lines: said("죽고 싶어")})
	require.Contains(t, unknown.Text, "상담전화")
}

func TestACrisisOfSomebodyNearGetsAWordForTheOneBeside(t *testing.T) {
	t.Parallel()
	answer := func(text string) string {
		return offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: language.Korean, Lines: said(text)}).Text
	}
	require.Contains(t, answer("친구가 자살하고 싶대요"), "함께 연락해")
	require.NotContains(t, answer("자살하고 싶어요"), "함께 연락해")
}

func TestTheHelpLinesAreNotForgottenLater(t *testing.T) {
	t.Parallel()
	help := map[language.Tag]string{language.Korean: "상담전화", language.English: "help lines"}
	for _, tag := range languages() {
		for _, voice := range voices() {
			lines := append(said("살기 싫어"), offline.Line{Voice: voice, Text: "…"}, offline.Line{Client: true, Text: "회사 일이 많아서 힘들어"})
			for _, stage := range []offline.Stage{offline.StageTalk, offline.StageReading} {
				reply := offline.Answer(offline.Turn{Voice: voice, Stage: stage, Language: tag, Lines: lines, Cards: cards(1)})
				require.Contains(t, reply.Text, help[tag])
			}
		}
	}
}
