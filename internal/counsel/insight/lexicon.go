package insight

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed lexicon/*.txt
var files embed.FS

// entry is a stem that speaks for a feeling or for a topic.
type entry struct {
	id      int
	stem    string // as [words] writes it
	weight  int
	emotion Emotion // one of the two is set
	topic   Topic
}

// phrases are wordings of a crisis, by their first two letters, and the idioms that only look like them.
type phrases struct {
	clear    map[[2]rune][]string
	harmless []string
}

// lexicon is what the files of lexicon/ say.
type lexicon struct {
	entries map[[2]rune][]entry // by the first two letters, so that a text is read once
	size    int                 // how many entries there are

	crisisWords   phrases // within [words]
	crisisLetters phrases // within [letters]
}

// book is the lexicon, read once. It panics on a broken file, which the tests of this package see.
var book = sync.OnceValue(func() *lexicon {
	l := &lexicon{
		entries:       map[[2]rune][]entry{},
		crisisWords:   phrases{clear: map[[2]rune][]string{}},
		crisisLetters: phrases{clear: map[[2]rune][]string{}},
	}
	for _, name := range []string{"en", "ko"} {
		text, err := files.ReadFile("lexicon/" + name + ".txt")
		if err == nil {
			err = l.read(string(text), name == "en")
		}
		if err != nil {
			panic(fmt.Errorf("lexicon %s: %w", name, err))
		}
	}
	return l
})

// read takes a file in: "[section]" lines, and below each one the stems, separated by commas. In the
// sections of feelings and topics, a line begins with the weight of its stems. "_" is the edge of a word.
// Where words are separated by spaces alone (whole), a stem begins at the beginning of a word.
func (l *lexicon) read(text string, whole bool) error {
	var section string
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			continue
		}
		if err := l.add(section, line, whole); err != nil {
			return fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	return nil
}

func (l *lexicon) add(section, line string, whole bool) error {
	weight := 0
	if strings.HasPrefix(section, "emotion ") || strings.HasPrefix(section, "topic ") {
		first, rest, _ := strings.Cut(line, " ")
		var err error
		if weight, err = strconv.Atoi(first); err != nil {
			return err
		}
		line = rest
	}
	for stem := range strings.SplitSeq(line, ",") {
		if err := l.take(section, edged(strings.TrimSpace(stem), whole), weight); err != nil {
			return err
		}
	}
	return nil
}

// take adds one stem to its section.
func (l *lexicon) take(section, stem string, weight int) error {
	switch section {
	case "crisis words":
		return l.crisisWords.add(stem)
	case "crisis letters":
		return l.crisisLetters.add(letters(stem))
	case "harmless words":
		l.crisisWords.harmless = append(l.crisisWords.harmless, stem)
	case "harmless letters":
		l.crisisLetters.harmless = append(l.crisisLetters.harmless, letters(stem))
	default:
		return l.weighted(section, stem, weight)
	}
	return nil
}

func (p *phrases) add(phrase string) error {
	start, ok := firstTwo(phrase)
	if !ok {
		return fmt.Errorf("the phrase %q is shorter than two letters", phrase)
	}
	p.clear[start] = append(p.clear[start], phrase)
	return nil
}

// weighted adds a stem of a feeling or of a topic; a Korean one also without its spaces, because many
// leave them out.
func (l *lexicon) weighted(section, stem string, weight int) error {
	e := entry{stem: stem, weight: weight}
	kind, name, _ := strings.Cut(section, " ")
	switch {
	case kind == "emotion" && Emotion(name).Valid():
		e.emotion = Emotion(name)
	case kind == "topic" && Topic(name).Valid():
		e.topic = Topic(name)
	default:
		return fmt.Errorf("unknown section %q", section)
	}
	stems := []string{stem}
	if inner := strings.Trim(stem, " "); stem[0] != ' ' && strings.Contains(inner, " ") {
		stems = append(stems, strings.ReplaceAll(inner, " ", ""))
	}
	e.id = l.size
	l.size++
	for _, e.stem = range stems {
		start, ok := firstTwo(e.stem)
		if !ok {
			return fmt.Errorf("the stem %q is shorter than two letters", stem)
		}
		l.entries[start] = append(l.entries[start], e)
	}
	return nil
}

// edged returns a stem of the file as it stands in a text: normalised, with a space for each edge.
func edged(stem string, whole bool) string {
	text := strings.TrimSpace(words(strings.Trim(stem, "_")))
	if whole || strings.HasPrefix(stem, "_") {
		text = " " + text
	}
	if strings.HasSuffix(stem, "_") {
		text += " "
	}
	return text
}

func firstTwo(text string) (start [2]rune, ok bool) {
	count := 0
	for _, r := range text {
		start[count] = r
		if count++; count == 2 {
			return start, true
		}
	}
	return start, false
}
