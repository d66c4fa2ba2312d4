package insight_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// unmistakable are sentences for which the help lines must be shown.
func unmistakable() []string {
	return []string{
		"요즘은 매일 죽고 싶다는 생각뿐이에요", "죽 고 싶 다", "죽고싶어", "그냥 죽고싶네요 진짜로", "다 지겨워서 죽구 싶어",
		"자살을 생각하고 있어요", "친구가 자살하겠다고 해요", "혼자 자살 방법을 찾아봤어요", "자.살.하.고.싶.어", "ㅈㅏ살 생각만 나",
		"딸이 몰래 자해를 하고 있었어요", "또 자해했어요", "손목을 그었어", "칼로 손목을 긋고 싶은 충동이 들어요",
		"그냥 조용히 사라지고 싶어요", "이 세상에서 사라지고 싶다", "나 하나 없어져도 아무도 모를 거야", "어젯밤에 유서를 썼어요",
		"더 살고 싶지 않아요", "더는 살고 싶지가 않다", "이제 그만 살고 싶어", "살기 싫어", "살아갈 이유를 못 찾겠어요",
		"스스로 목숨을 끊으려고 했어요", "극단적 선택을 할 것 같아요", "한강에 뛰어들고 싶다", "옥상에서 뛰어내릴까 생각했어요",
		"수면제를 모아 두었어요", "차라리 죽는 게 나을 것 같아", "내가 죽으면 다 편해지겠지", "자다가 그대로 깨어나지 않았으면 좋겠어",
		"태어나지 말았어야 했어", "인생을 끝내고 싶어요", "죽을 용기도 없는 내가 싫다",
		"팔을 칼로 그었어요", "제가 없어지는 게 모두에게 나을 거예요", "살고 싶은 마음이 하나도 없어", "아파트 옥상이에요 뛰어내릴래요", "세상 등지고 싶다",
		"존재하고 싶지 않아", "그냥 눈 감고 안 뜨고 싶어", "나 좀 죽여 줘 제발", "지금 너무 힘들어서 옥상에 올라왔어요",
		"I don't wanna be here anymore", "I'm going to end it", "I took a bunch of pills", "No one would miss me if I died", "I can't do this, goodbye everyone", "I don't see a reason to live", "이대로 사라져도 괜찮을 것 같아",
		"I want to kill myself", "I keep thinking about ending my life", "k i l l  m y s e l f", "I've been having suicidal thoughts",
		"I don't want to live anymore", "My sister is cutting herself again", "I started self-harming last year", "I just want to die.",
		"Everyone would be better off without me", "I wish I was dead", "I don’t want to wake up tomorrow", "He took his own life last spring",
		"i wrote a suicide note", "I want it to stop, I will jump off the bridge",
	}
}

// harmless are idioms that only look like it.
func harmless() []string {
	return []string{
		"배고파 죽겠다", "귀여워 죽겠어", "웃겨 죽는 줄 알았네", "죽을 만큼 사랑해", "더워 죽을 것 같아", "졸려 죽겠어요", "심심해 죽겠네",
		"보고 싶어 죽겠어", "추워 죽는 줄", "일이 많아서 죽을 맛이에요", "좋아 죽으려고 하더라", "오늘 날씨 죽인다", "이 집 떡볶이 맛이 죽여줘",
		"친구랑 죽고 못 사는 사이야", "죽을 때까지 함께하고 싶어", "죽을힘을 다해 공부했어", "기가 죽어서 말을 못 했어", "핸드폰 배터리가 죽었어",
		"연애 세포가 다 죽었나 봐", "저녁으로 전복죽 끓여 먹었어", "손목이 시큰거려서 병원에 갔어요", "손목시계를 잃어버렸어",
		"혼자 살고 싶은데 월세가 걱정이야", "혼자 해 보려고 하는데 될까", "주식에 투자해 볼까", "친구가 같이 여행 가자 해서 고민이야",
		"유서 깊은 절에 다녀왔어", "지각해서 사유서를 썼어", "서울에서 살고 싶지 않아", "시댁에서 살기 싫어요", "여드름이 사라졌으면 좋겠다",
		"축구 하다가 자살골을 넣었어", "수어사이드 스쿼드 봤는데 재밌더라", "발표를 무사히 끝내고 싶어", "버스에서 내리다가 넘어졌어",
		"I'm dying to see you", "You are killing it at work", "The new suicide squad movie was fun", "I died laughing", "My phone is dead",
		"I ran 10 kms this morning", "This homework is killing me", "I cut myself shaving today", "I would love to diet but I can't",
		"That was career suicide, my boss said", "The deadline is on Friday", "I live alone and I like it", "My feet are killing me",
		"숙제를 다 끝내고 싶어", "이 옷은 살 이유가 없지", "힘들어 죽겠네", "세상을 떠난 할머니가 보고 싶어", "죽마고우랑 싸웠어", "수면제 먹고 푹 잤다",
		"I want to end it with my boyfriend", "I'll shoot myself a reminder", "Drop dead gorgeous", "I don't want to live with my parents any more", "왜 이렇게 귀엽게 태어났을까 우리 강아지", "cut myself a piece of cake",
	}
}

func TestClearWordsOfACrisisAreHeard(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(unmistakable()), 40)
	for _, text := range unmistakable() {
		require.True(t, insight.Crisis(text), text)
	}
}

func TestACrisisIsHeardInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, text := range unmistakable() {
		require.True(t, insight.Crisis(norm.NFD.String(text)), "decomposed: %s", text)
		require.True(t, insight.Crisis(strings.ToUpper(text)), "upper case: %s", text)
		require.True(t, insight.Crisis("안녕하세요.\n"+text+"\n저는 강아지를 좋아해요. Thanks for reading!"), "amid other words: %s", text)
	}
}

func TestHarmlessIdiomsAreNoCrisis(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(harmless()), 40)
	for _, text := range harmless() {
		require.False(t, insight.Crisis(text), text)
		require.False(t, insight.Crisis(norm.NFD.String(text)), "decomposed: %s", text)
	}
	for _, text := range []string{"", " \n", "😀", "\xff\xfe"} {
		require.False(t, insight.Crisis(text), "%q", text)
	}
}

func TestAnIdiomDoesNotHideACrisisBesideIt(t *testing.T) {
	t.Parallel()
	for _, idiom := range harmless() {
		require.True(t, insight.Crisis(idiom+". 그런데 요즘은 정말 죽고 싶어."), idiom)
		require.True(t, insight.Crisis("I think of suicide. "+idiom), idiom)
	}
}

func TestTheHelpLinesAreThoseOfKorea(t *testing.T) {
	t.Parallel()
	for _, tag := range []language.Tag{language.Korean, language.MustParse("ko-KR"), language.English, language.German} {
		block := insight.CrisisBlock(tag)
		require.NotEmpty(t, block.Text)
		var phones []string
		for _, line := range block.Lines {
			phones = append(phones, line.Phone)
			require.NotEmpty(t, line.Name)
			require.NotEmpty(t, line.Note)
			require.True(t, line.URL == "" || strings.HasPrefix(line.URL, "https://"), line.URL)
		}
		require.Equal(t, []string{"109", "1388", "1577-0199", "1588-9191", "119", "112"}, phones)
	}
	require.Equal(t, insight.CrisisBlock(language.Korean), insight.CrisisBlock(language.MustParse("ko-KR")))
	require.Equal(t, insight.CrisisBlock(language.English), insight.CrisisBlock(language.German))
	require.NotEqual(t, insight.CrisisBlock(language.English).Text, insight.CrisisBlock(language.Korean).Text)
}
