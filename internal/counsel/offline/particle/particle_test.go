package particle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/offline/particle"
)

func TestTheParticleFollowsTheLastLetter(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"돈": "돈을", "공부": "공부를", "가족": "가족을", "앞날": "앞날을", "나 자신": "나 자신을", "친구 관계": "친구 관계를",
		"‘마법사’": "‘마법사’를", "“별”": "“별”을", "컵 3": "컵 3을", "컵 2": "컵 2를", "컵 10": "컵 10을", "SNS": "SNS를", "Room": "Room을", "": "를", "…": "…를",
	} {
		require.Equal(t, want, particle.With(word, "을", "를"))
	}
	require.Equal(t, "슬픔이", particle.With("슬픔", "이", "가"))
	require.Equal(t, "외로움은", particle.With("외로움", "은", "는"))
	require.Equal(t, "기대와", particle.With("기대", "과", "와"))
	require.Equal(t, "희망과", particle.With("희망", "과", "와"))
}

func TestRieulTakesRo(t *testing.T) {
	t.Parallel()
	require.Equal(t, "일로", particle.With("일", "으로", "로"))
	require.Equal(t, "돈으로", particle.With("돈", "으로", "로"))
	require.Equal(t, "공부로", particle.With("공부", "으로", "로"))
	require.Equal(t, "컵 7로", particle.With("컵 7", "으로", "로"))
}
