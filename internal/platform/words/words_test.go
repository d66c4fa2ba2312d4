package words_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/words"
)

// keys returns the keys in a catalogue's source.
func keys(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	found := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^\t\t"([^"]+)":\s+"(.*)",$`).FindAllStringSubmatch(string(text), -1) {
		require.NotContains(t, found, match[1])
		found[match[1]] = match[2]
	}
	return found
}

func TestCataloguesAreComplete(t *testing.T) {
	t.Parallel()
	english, korean := keys(t, "en.go"), keys(t, "ko.go")
	require.NotEmpty(t, english)
	placeholder := regexp.MustCompile(`%[a-z]`)
	for key, text := range english {
		require.Contains(t, korean, key)
		require.NotEmpty(t, korean[key], key)
		require.NotEqual(t, text, korean[key], key)
		require.Equal(t, placeholder.FindAllString(text, -1), placeholder.FindAllString(korean[key], -1), key)
	}
	require.Len(t, korean, len(english))
}

func TestEveryCodeOfTheSchemaHasWords(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("../../../schema/base.graphql")
	require.NoError(t, err)
	english := keys(t, "en.go")
	enum := regexp.MustCompile(`(?s)enum UserErrorCode \{(.*?)\n\}`).FindSubmatch(schema)
	require.NotNil(t, enum)
	codes := regexp.MustCompile(`(?m)^  ([A-Z_]+)$`).FindAllSubmatch(enum[1], -1)
	require.Greater(t, len(codes), 40)
	for _, code := range codes {
		require.Contains(t, english, string(code[1]))
	}
}

func TestLanguageFollowsTheHeader(t *testing.T) {
	t.Parallel()
	book, err := words.New()
	require.NoError(t, err)
	for header, want := range map[string]language.Tag{
		"":                                    language.English,
		"ko":                                  language.Korean,
		"ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7": language.Korean,
		"en-GB":                               language.English,
		"fr-FR":                               language.English,
		"fr, ko;q=0.5":                        language.Korean,
		"\x00;;q=":                            language.English,
	} {
		require.Equal(t, want, book.Match(header), "%q", header)
	}
	require.Equal(t, "쿠폰이 모두 소진되었습니다.", book.Say(language.Korean, "COUPON_SOLD_OUT"))
	require.Equal(t, "Because you like 카페", book.Say(language.English, "recommendation.category", "카페"))
	require.Equal(t, "먼저 로그인해 주세요.", book.Fault(language.Korean, fault.Unauthenticated))
}
