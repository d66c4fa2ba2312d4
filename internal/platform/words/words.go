// Package words holds what Moa says to people, in English and Korean. Codes never change, words may.
package words

import (
	"cmp"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Book says words in the supported languages.
type Book struct {
	builder *catalog.Builder
	matcher language.Matcher
}

// New returns the book of all languages. It fails when a catalogue does not parse.
func New() (*Book, error) {
	builder := catalog.NewBuilder(catalog.Fallback(language.English))
	for tag, entries := range catalogues() {
		for key, text := range entries {
			if err := builder.SetString(tag, key, text); err != nil {
				return nil, err
			}
		}
	}
	return &Book{
		builder: builder,
		matcher: language.NewMatcher([]language.Tag{language.English, language.Korean}),
	}, nil
}

// catalogues maps each language to its words, keyed by fault code or by a dotted label key.
func catalogues() map[language.Tag]map[string]string {
	return map[language.Tag]map[string]string{
		language.English: english(),
		language.Korean:  korean(),
	}
}

// Match returns the supported language that fits an Accept-Language header best (RFC 9110 §12.5.4);
// English when none fits.
func (b *Book) Match(acceptLanguage string) language.Tag {
	if acceptLanguage == "" {
		return language.English
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return language.English
	}
	_, index, confidence := b.matcher.Match(tags...)
	if confidence == language.No || index == 0 {
		return language.English
	}
	return language.Korean
}

// Say returns the words of key in the language tag, its placeholders filled with args.
func (b *Book) Say(tag language.Tag, key string, args ...any) string {
	return message.NewPrinter(tag, message.Catalog(b.builder)).Sprintf(message.Key(key, key), args...)
}

// Fault returns what to say of f in the language tag.
func (b *Book) Fault(tag language.Tag, f *fault.Error) string {
	return b.Say(tag, cmp.Or(f.Words, string(f.Code)), f.Args...)
}
