package offline_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// sections returns the variants in a file of phrases by their section.
func sections(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("phrases/" + file + ".txt")
	require.NoError(t, err)
	require.False(t, bytes.Contains(text, []byte("\r")))
	found := map[string][]string{}
	section := ""
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			require.NotContains(t, found, section, "%s", file)
			found[section] = nil
		case line != "" && line[0] != '#':
			found[section] = append(found[section], line)
		}
	}
	return found
}

func TestBothLanguagesHaveTheSamePhrases(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"feeling", "thinking", "tarot", "shared"} {
		korean, english := sections(t, name+".ko"), sections(t, name+".en")
		require.Len(t, english, len(korean), name)
		for section, variants := range korean {
			require.NotEmpty(t, variants, "%s: %s", name, section)
			require.NotEmpty(t, english[section], "%s: %s", name, section)
			require.NotEqual(t, variants, english[section], "%s: %s", name, section)
		}
	}
}

func TestEveryFeelingAndTopicHasPhrases(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ko", "en"} {
		feeling, thinking := sections(t, "feeling."+lang), sections(t, "thinking."+lang)
		tarot, shared := sections(t, "tarot."+lang), sections(t, "shared."+lang)
		for _, emotion := range insight.EmotionCalm.Values() {
			require.GreaterOrEqual(t, len(feeling["emotion "+emotion]), 3, emotion)
			require.Len(t, shared["emotion "+emotion], 1, emotion)
		}
		for _, topic := range insight.TopicDaily.Values() {
			require.GreaterOrEqual(t, len(feeling["topic "+topic]), 2, topic)
			require.GreaterOrEqual(t, len(feeling["question "+topic]), 2, topic)
			require.GreaterOrEqual(t, len(thinking["view "+topic]), 2, topic)
			require.GreaterOrEqual(t, len(thinking["steps "+topic]), 4, topic)
			require.GreaterOrEqual(t, len(tarot["ask "+topic]), 2, topic)
			require.Len(t, shared["topic "+topic], 1, topic)
		}
		require.Len(t, tarot["roles"], 10)
		require.Len(t, tarot["ordinals"], 10)
	}
}

func TestEachPhraseIsOneSentenceOfTheLanguage(t *testing.T) {
	t.Parallel()
	field := regexp.MustCompile(`\{([a-z]+)(:[^}]*)?\}`)
	known := []string{"quote", "earlier", "topic", "name", "orientation", "place", "role", "ordinal", "keywords", "sessions", "count", "topics", "emotions"}
	fragment := regexp.MustCompile(`^(topic|emotion|matter|ordinals|roles|upright|reversed|sessions)( |$)`)
	seen := map[string]bool{}
	for _, file := range []string{"feeling.ko", "thinking.ko", "tarot.ko", "shared.ko", "feeling.en", "thinking.en", "tarot.en", "shared.en"} {
		for section, variants := range sections(t, file) {
			for _, variant := range variants {
				for _, f := range field.FindAllStringSubmatch(variant, -1) {
					require.Contains(t, known, f[1], variant)
				}
				require.NotContains(t, field.ReplaceAllString(variant, ""), "{", variant)
				require.NotContains(t, variant, "  ")
				if (strings.HasPrefix(file, "shared") || strings.HasPrefix(file, "tarot")) && fragment.MatchString(section) {
					continue
				}
				require.False(t, seen[file+section+variant], "%s: %s", section, variant)
				seen[file+section+variant] = true
				require.Equal(t, 1, sentences(strings.TrimLeft(variant, "123) ")), variant)
				hangul := regexp.MustCompile(`\p{Hangul}`).MatchString(field.ReplaceAllString(variant, ""))
				require.Equal(t, strings.HasSuffix(file, ".ko"), hangul, variant)
			}
		}
	}
}
