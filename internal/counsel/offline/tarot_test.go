package offline_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/offline"
)

func cards(count int) (list []offline.Card) {
	for i := range count {
		list = append(list, offline.Card{
			Position: 7*i + 3,
			Name:     fmt.Sprintf("Card%d", i),
			Keywords: []string{fmt.Sprintf("word%da", i), fmt.Sprintf("word%db", i)},
			Meaning:  fmt.Sprintf("Meaning %d", i),
			Reversed: i%2 == 1,
		})
	}
	return list
}

func TestTarotGreetsFirst(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		reply := offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageGreeting, Language: tag})
		require.Contains(t, reply.Text, "AI", "nobody takes it for a human being")
		require.True(t, strings.HasSuffix(reply.Text, "?"))
		require.False(t, reply.OffersCards)
		require.NotEmpty(t, reply.Emotions)
		require.NotEmpty(t, reply.Topics)
	}
}

func TestTarotOffersCardsOnceTheWorryIsClear(t *testing.T) {
	t.Parallel()
	talk := func(lines ...offline.Line) offline.Reply {
		return offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageTalk, Language: language.Korean, Lines: lines})
	}
	client := func(text string) offline.Line { return offline.Line{Client: true, Text: text} }
	tarot := offline.Line{Voice: offline.VoiceTarot, Text: "…"}

	unclear := talk(tarot, client("요즘 마음이 복잡해요"))
	require.False(t, unclear.OffersCards)
	require.True(t, strings.HasSuffix(unclear.Text, "?"), "it asks")

	for name, reply := range map[string]offline.Reply{
		"the second message": talk(tarot, client("요즘 마음이 복잡해요"), tarot, client("이직 때문에요")),
		"a long message":     talk(client("이직 제안을 받았는데 지금 회사 동료들이 좋아서 떠나야 할지 정말 모르겠어요")),
		"asking for cards":   talk(client("카드 뽑고 싶어요")),
		"asking in English":  talk(client("Draw Tarot please")),
	} {
		require.True(t, reply.OffersCards, name)
		require.Contains(t, reply.Text, "카드", name)
		require.LessOrEqual(t, utf8.RuneCountInString(reply.Text), 100, name)
	}

	for _, reply := range []offline.Reply{
		talk(client("죽고 싶어요"), tarot, client("카드 뽑고 싶어요")),
		talk(client("카드 뽑기 전에 말할게요. 요즘 자살을 생각해요")),
	} {
		require.False(t, reply.OffersCards, "no cards after words of a crisis")
		require.Contains(t, reply.Text, "상담전화")
	}
}

func TestAReadingSpeaksOfEveryCard(t *testing.T) {
	t.Parallel()
	for _, tag := range languages() {
		for count := 1; count <= 12; count++ {
			turn := offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageReading, Language: tag, Lines: said("회사를 옮겨도 될지 걱정이에요"), Cards: cards(count)}
			reply := offline.Answer(turn)
			require.Equal(t, reply, offline.Answer(turn))
			require.False(t, reply.OffersCards)
			parts := strings.Split(reply.Text, "\n\n")
			require.Len(t, parts, count+2)
			for i, card := range turn.Cards {
				part := parts[i+1]
				require.Contains(t, part, card.Name)
				require.Contains(t, part, card.Meaning+".")
				require.Contains(t, part, strings.Join(card.Keywords, ", "))
				require.Contains(t, part, fmt.Sprint(card.Position+1))
				require.LessOrEqual(t, utf8.RuneCountInString(part), 500)
				orientation := map[bool]string{false: "정방향", true: "역방향"}[card.Reversed]
				if tag == language.English {
					orientation = map[bool]string{false: "upright", true: "reversed"}[card.Reversed]
				}
				require.Contains(t, part, orientation)
			}
			require.True(t, strings.HasSuffix(reply.Text, "?"), "it asks for feedback")
			require.NotContains(t, reply.Text, "  ")
			require.NotContains(t, reply.Text, "{")
		}
	}
}

func TestAReadingIsInViewOfTheWorry(t *testing.T) {
	t.Parallel()
	read := func(text string) string {
		return offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageReading, Language: language.Korean, Lines: said(text), Cards: cards(3)}).Text
	}
	require.Contains(t, read("남자친구와 헤어졌어요"), "이별")
	require.Contains(t, read("수능 공부가 너무 힘들어요"), "공부")
	require.Contains(t, read("음"), "이 고민", "no topic is guessed")
}

func TestALongMeaningIsCutAtAWord(t *testing.T) {
	t.Parallel()
	list := cards(1)
	list[0].Meaning = strings.Repeat("긴 이야기 ", 300)
	parts := strings.Split(offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageReading, Language: language.Korean, Cards: list}).Text, "\n\n")
	require.LessOrEqual(t, utf8.RuneCountInString(parts[1]), 500)
	require.Contains(t, parts[1], "…")

	list[0].Meaning, list[0].Keywords, list[0].Name = "", nil, strings.Repeat("가", 600)
	require.NotPanics(t, func() {
		offline.Answer(offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageReading, Language: language.Korean, Cards: list})
	})
}

func TestWithoutCardsAReadingIsATalk(t *testing.T) {
	t.Parallel()
	turn := offline.Turn{Voice: offline.VoiceTarot, Stage: offline.StageReading, Language: language.Korean, Lines: said("요즘 마음이 복잡해요")}
	reading := offline.Answer(turn)
	require.NotEmpty(t, reading.Text)
	require.NotContains(t, reading.Text, "\n")
}
