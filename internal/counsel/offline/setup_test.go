package offline_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/offline"
)

// languages are those that are spoken.
func languages() []language.Tag { return []language.Tag{language.Korean, language.English} }

// voices are those that answer.
func voices() []offline.Voice {
	return []offline.Voice{offline.VoiceFeeling, offline.VoiceThinking, offline.VoiceTarot}
}

// worries are messages of our own, one for most feelings and topics.
func worries() []string {
	return []string{
		"내일 발표가 있는데 너무 떨리고 걱정돼요", "작년에 헤어진 사람이 아직도 꿈에 나와요", "엄마랑 또 싸웠어. 화가 나서 집을 나왔어",
		"친구들이 나만 빼고 여행을 갔더라", "야근이 석 달째라 완전히 지쳤어요 ㅠㅠ", "동생한테 심한 말을 해서 미안해", "전공을 바꿀지 말지 모르겠어요",
		"짝사랑하는 사람이 먼저 인사해 줘서 설렜어", "드디어 합격했어요!!! 너무 기뻐요", "늘 응원해 주는 언니가 고마워", "월세가 올라서 막막하다",
		"두통이 심해서 잠을 못 자", "자존감이 바닥이야", "서른이 넘었는데 앞으로 뭐 하고 살지?", "점심에 김밥을 먹었다", "ㅋㅋ", "",
		"I can't sleep because I'm worried about my exam", "We broke up last week and I keep crying", "My manager ignores me. I'm furious!",
		"I have a crush on my classmate", "I finally got the job, so happy", "the weather", "50% off {topic} %s EXTRA ${quote} {{x}}",
	}
}

func said(text string) []offline.Line { return []offline.Line{{Client: true, Text: text}} }

// sentences counts the sentences of an answer.
func sentences(text string) int {
	return len(regexp.MustCompile(`[.?!]["”]?(\s|$)`).FindAllString(text, -1))
}

// corpus returns n texts of the public corpus of short Korean sayings, evenly from all of it; without
// the corpus the test skips.
func corpus(t *testing.T, n int) (texts []string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "korean_worries", "songys_chatbot_qa.csv")
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("the shared data are not beside the repository: %v", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	seen := map[string]bool{}
	for i := 1; i < len(rows) && len(texts) < n; i += len(rows) / (n + n/10) {
		if text := rows[i][1]; !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	require.Len(t, texts, n)
	return texts
}
