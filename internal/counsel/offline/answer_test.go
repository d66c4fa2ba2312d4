package offline_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/offline"
)

func TestTheSameConversationGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		for _, voice := range voices() {
			for _, text := range worries() {
				turn := offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: tag, Lines: said(text)}
				first := offline.Answer(turn)
				require.Equal(t, first, offline.Answer(turn))
			}
		}
	}
}

func TestAnswersAreWholeSentencesWithinBounds(t *testing.T) {
	t.Parallel()
	leftover := regexp.MustCompile(`\$\{|\{\{|\{[a-z]+[:}]|%[sdv]|EXTRA|  |^\s|\s$|“”| [,.?!]`)
	bounds := map[offline.Voice][3]int{ // fewest sentences, most sentences, most letters
		offline.VoiceFeeling:  {2, 5, 420},
		offline.VoiceThinking: {4, 7, 620},
		offline.VoiceTarot:    {2, 3, 200},
	}
	for _, tag := range languages() {
		for voice, bound := range bounds {
			for _, text := range worries() {
				if strings.Contains(text, "EXTRA") {
					continue // its own words are quoted
				}
				answer := offline.Answer(offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: tag, Lines: said(text)}).Text
				require.False(t, leftover.MatchString(answer), "%s", answer)
				require.True(t, utf8.ValidString(answer))
				require.GreaterOrEqual(t, sentences(answer), bound[0], answer)
				require.LessOrEqual(t, sentences(answer), bound[1], answer)
				require.LessOrEqual(t, utf8.RuneCountInString(answer), bound[2], answer)
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, text := range append(worries(), "\xff", "\xea\xb0", "죽고 싶어\xff", "👩‍👩‍👧‍👦") {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, before, text string) {
		for _, voice := range voices() {
			lines := append(said(before), offline.Line{Voice: voice, Text: before}, offline.Line{Client: true, Text: text})
			for _, lines := range [][]offline.Line{said(text), lines} {
				reply := offline.Answer(offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: language.Korean, Lines: lines})
				require.True(t, utf8.ValidString(reply.Text))
				require.LessOrEqual(t, utf8.RuneCountInString(reply.Text), 700)
				require.NotEmpty(t, reply.Text)
			}
		}
	})
}

func TestFeelingComfortsAndThinkingAdvises(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		for _, text := range worries() {
			feeling := offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: tag, Lines: said(text)}).Text
			thinking := offline.Answer(offline.Turn{Voice: offline.VoiceThinking, Stage: offline.StageTalk, Language: tag, Lines: said(text)}).Text
			require.True(t, strings.HasSuffix(feeling, "?"), feeling)
			require.Equal(t, 1, strings.Count(feeling, "?"), feeling)
			require.NotContains(t, feeling, "1) ")
			require.Regexp(t, `(?s)\n1\) .+\n2\) .+\n3\) .+\n`, thinking)
			require.NotEqual(t, feeling, thinking)
		}
	}
}

func TestAnAnswerRefersToWhatWasSaid(t *testing.T) {
	t.Parallel()
	text := "내일 발표가 있는데 너무 떨리고 걱정돼요"
	reply := offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: language.Korean, Lines: said(text)})
	require.Contains(t, reply.Text, "“"+text+"”")
	require.Equal(t, insight.EmotionAnxiety, reply.Emotions[0])
	require.Equal(t, insight.Topics(text), reply.Topics)
	require.Regexp(t, "불안|걱정", strings.ReplaceAll(reply.Text, text, ""), "the feeling has a name")

	lines := append(said("팀장님 때문에 회사 가기 싫어"), offline.Line{Voice: offline.VoiceFeeling, Text: "…"}, offline.Line{Client: true, Text: "오늘도 혼났어"})
	reply = offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: language.Korean, Lines: lines})
	require.Contains(t, reply.Text, "일 이야기", "it takes up what was said before")
	require.Contains(t, reply.Text, "“오늘도 혼났어”")
	require.Equal(t, []insight.Topic{insight.TopicWork}, reply.Topics, "what the last words do not tell, the earlier ones do")

	lines = append(lines, offline.Line{Voice: offline.VoiceFeeling, Text: reply.Text}, offline.Line{Client: true, Text: "들어 줘서 고마워"})
	thanked := offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: language.Korean, Lines: lines}).Text
	require.NotContains(t, thanked, "?", "a thank-you is not questioned further")
}

func TestWhatAPersonWroteIsQuotedWithCare(t *testing.T) {
	t.Parallel()
	for text, quoted := range map[string]string{
		"너무 힘들다ㅠㅠ 진짜로":         "“너무 힘들다”",
		"키가 3.5센티 컸어. 좋아!":     "“키가 3.5센티 컸어”",
		"😀 <b>기분</b>\t\"최고\"다": "“b 기분 b 최고 다”",
		"첫 줄\n둘째 줄":            "“첫 줄”",
		"{topic} 걱정 {{x}} %s":  "“topic 걱정 x %s”",
		"한 문장이 아주 길게 이어져서 어디선가는 잘라야만 하는 고민": "“한 문장이 아주 길게 이어져서 어디선가는…”",
	} {
		answer := offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageTalk, Language: language.Korean, Lines: said(text)}).Text
		require.Contains(t, strings.ReplaceAll(answer, "3 5", "3.5"), quoted)
	}
	for _, text := range []string{"내 번호는 010-1234-5678이야", "a@b.kr로 연락해 줘", "https://example.com 좀 봐 줘", "ㅠㅠ", "?!", "아"} {
		answer := offline.Answer(offline.Turn{Voice: offline.VoiceFeeling, Stage: offline.StageTalk, Language: language.Korean, Lines: said(text)}).Text
		require.NotContains(t, answer, "“", text)
	}
}

func TestAConversationDoesNotRepeatItself(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		for _, voice := range []offline.Voice{offline.VoiceFeeling, offline.VoiceThinking} {
			var lines []offline.Line
			answers := map[string]bool{}
			for range 4 {
				lines = append(lines, offline.Line{Client: true, Text: "요즘 회사 일로 너무 불안해"})
				answer := offline.Answer(offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: tag, Lines: lines}).Text
				require.False(t, answers[answer], answer)
				answers[answer] = true
				lines = append(lines, offline.Line{Voice: voice, Text: answer})
			}
		}
	}
}

func TestRealWorriesGetManyDifferentAnswers(t *testing.T) {
	t.Parallel()
	const asked = 500
	texts := corpus(t, asked)
	quoted := regexp.MustCompile(`“[^”]*”`)
	least := map[offline.Voice][2]int{ // distinct answers, and distinct ones without the quotations
		offline.VoiceFeeling:  {480, 400},
		offline.VoiceThinking: {480, 330},
		offline.VoiceTarot:    {480, 60},
	}
	for _, tag := range languages() {
		for _, voice := range voices() {
			answers, bare := map[string]bool{}, map[string]bool{}
			for _, text := range texts {
				answer := offline.Answer(offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: tag, Lines: said(text)}).Text
				require.NotContains(t, answer, "  ")
				answers[answer], bare[quoted.ReplaceAllString(answer, "")] = true, true
			}
			t.Logf("%s %s: %d distinct answers to %d worries, %d without the quotations", tag, voice, len(answers), asked, len(bare))
			require.GreaterOrEqual(t, len(answers), least[voice][0])
			require.GreaterOrEqual(t, len(bare), least[voice][1])
		}
	}
}
