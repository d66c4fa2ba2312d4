package offline

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:embed phrases/*.txt
var files embed.FS

// phrases are the variants of what is said, by "file/section", as in "feeling/topic LOVE".
type phrases map[string][]string

// books are the phrases of each language, read once. It panics on a file that is not there, which the
// tests of this package see.
var books = sync.OnceValue(func() map[string]phrases {
	all := map[string]phrases{}
	for _, lang := range []string{"ko", "en"} {
		all[lang] = phrases{}
		for _, name := range []string{"feeling", "thinking", "tarot", "shared"} {
			text, err := files.ReadFile(fmt.Sprintf("phrases/%s.%s.txt", name, lang))
			if err != nil {
				panic(err)
			}
			all[lang].read(name, string(text))
		}
	}
	return all
})

// phrasesIn returns the phrases of a language: Korean ones for Korean, English ones for all others.
func phrasesIn(tag language.Tag) phrases {
	if base, _ := tag.Base(); base.String() == "ko" {
		return books()["ko"]
	}
	return books()["en"]
}

// read takes a file in: "[section]" lines, and below each one a variant a line.
func (p phrases) read(name, text string) {
	var key string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			key = name + "/" + strings.Trim(line, "[]")
		default:
			p[key] = append(p[key], line)
		}
	}
}
