package tarot_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/tarot"
)

func TestTheDeckIsInItsOrder(t *testing.T) {
	t.Parallel()
	ranks := []string{"", "ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "page", "knight", "queen", "king"}
	slugs := map[string]bool{}
	for i, card := range tarot.Deck() {
		require.Equal(t, i, card.Index)
		found, ok := tarot.ByIndex(i)
		require.True(t, ok)
		require.Same(t, card, found)
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, card.Slug())
		slugs[card.Slug()] = true
		if i < 22 {
			require.Equal(t, tarot.ArcanaMajor, card.Arcana)
			require.Nil(t, card.Suit)
			require.Equal(t, i, card.Number)
			continue
		}
		require.Equal(t, tarot.ArcanaMinor, card.Arcana)
		require.Equal(t, (i-22)%14+1, card.Number)
		require.Equal(t, fmt.Sprintf("%s-of-%s", ranks[card.Number], strings.ToLower(string(*card.Suit))), card.Slug())
	}
	require.Len(t, slugs, tarot.Size)
	for i, slug := range map[int]string{0: "the-fool", 13: "transformation", 21: "the-world", 22: "ace-of-wands", 38: "three-of-cups", 63: "king-of-swords", 77: "king-of-pentacles"} {
		card, _ := tarot.ByIndex(i)
		require.Equal(t, slug, card.Slug())
	}
}

func TestNoCardLiesOutsideOfTheDeck(t *testing.T) {
	t.Parallel()
	for _, i := range []int{-1, 78, 1 << 40} {
		card, ok := tarot.ByIndex(i)
		require.False(t, ok)
		require.Nil(t, card)
	}
}

func TestTheOrderIsThatOfTheField(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../../shared/data/tarot/cards.json")
	if err != nil {
		t.Skip("the cards of the field are not here:", err)
	}
	var cards []struct {
		Index int     `json:"index"`
		Suit  *string `json:"suit"`
		Value int     `json:"value_int"`
	}
	require.NoError(t, json.Unmarshal(data, &cards))
	require.Len(t, cards, tarot.Size)
	for _, theirs := range cards {
		ours, ok := tarot.ByIndex(theirs.Index)
		require.True(t, ok)
		require.Equal(t, theirs.Value, ours.Number, "card %d", theirs.Index)
		require.Equal(t, theirs.Suit == nil, ours.Suit == nil, "card %d", theirs.Index)
		if theirs.Suit != nil {
			require.Equal(t, strings.ToUpper(*theirs.Suit), string(*ours.Suit), "card %d", theirs.Index)
		}
	}
}

func TestEveryCardSpeaksBothLanguagesInItsOwnWords(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	once := func(text, slug string) {
		t.Helper()
		require.Equal(t, strings.TrimSpace(text), text, slug)
		require.Empty(t, seen[text], "%s says the same", slug)
		seen[text] = slug
	}
	for _, card := range tarot.Deck() {
		for _, tag := range []language.Tag{language.Korean, language.English} {
			once(card.Name(tag), card.Slug())
			require.LessOrEqual(t, utf8.RuneCountInString(card.Name(tag)), 20, card.Slug())
			for _, meaning := range []string{card.Upright(tag), card.Reversed(tag)} {
				once(meaning, card.Slug())
				letters := utf8.RuneCountInString(meaning)
				require.True(t, 40 <= letters && letters <= 220, "%s: %d letters", card.Slug(), letters)
				require.Regexp(t, `[.!?]$`, meaning, card.Slug())
				require.Equal(t, tag == language.Korean, strings.ContainsFunc(meaning, hangul), card.Slug())
			}
			keywords := card.Keywords(tag)
			require.True(t, 3 <= len(keywords) && len(keywords) <= 4, card.Slug())
			for _, word := range keywords {
				require.NotEmpty(t, word)
				require.Equal(t, tag == language.Korean, strings.ContainsFunc(word, hangul), card.Slug())
			}
		}
	}
}

func hangul(r rune) bool { return unicode.Is(unicode.Hangul, r) }

func TestNoCardFrightensOrPromises(t *testing.T) {
	t.Parallel()
	for _, card := range tarot.Deck() {
		for _, tag := range []language.Tag{language.Korean, language.English} {
			said := strings.ToLower(strings.Join(append(card.Keywords(tag), card.Name(tag), card.Upright(tag), card.Reversed(tag)), " "))
			for _, word := range []string{
				"death", "doom", "disaster", "ruin", "curse", "disease", " illness", "diagnos", "lawsuit", "bankrupt", "certainly", "guarantee", "inevitabl",
				"죽음", "죽", "파멸", "재앙", "저주", "질병", "진단", "소송", "파산", "틀림없이", "반드시", "보장",
			} {
				require.NotContains(t, said, word, card.Slug())
			}
		}
	}
}

func TestWhoeverReadsNoKoreanReadsEnglish(t *testing.T) {
	t.Parallel()
	card, _ := tarot.ByIndex(17)
	require.Equal(t, "별", card.Name(language.MustParse("ko-KR")))
	require.Equal(t, "The Star", card.Name(language.AmericanEnglish))
	require.Equal(t, "The Star", card.Name(language.Japanese))
	require.Equal(t, "The Star", card.Name(language.Und))
}

func TestKeywordsAreNotSharedWithTheirReaders(t *testing.T) {
	t.Parallel()
	card, _ := tarot.ByIndex(0)
	card.Keywords(language.English)[0] = "changed"
	require.Equal(t, "beginnings", card.Keywords(language.English)[0])
}
