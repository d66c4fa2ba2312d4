package insight

import (
	"strings"
	"unicode/utf8"
)

// weights are how much speaks for each feeling and for each topic.
type weights struct {
	emotions map[Emotion]int
	topics   map[Topic]int
}

// weigh counts each stem that text contains, once each: who repeats a word does not feel it twice.
// A feeling that is denied ("안 외로워", "not sad") does not count; a topic does, denied or not.
func weigh(text string) weights {
	l, read := book(), words(text)
	sum := weights{emotions: map[Emotion]int{}, topics: map[Topic]int{}}
	counted := make([]bool, l.size)
	for at, r := range read {
		next, _ := utf8.DecodeRuneInString(read[at+utf8.RuneLen(r):])
		for _, e := range l.entries[[2]rune{r, next}] {
			if counted[e.id] || !strings.HasPrefix(read[at:], e.stem) {
				continue
			}
			if e.topic != "" {
				counted[e.id] = true
				sum.topics[e.topic] += e.weight
			} else if !denied(read[:at], read[at+len(e.stem):]) {
				counted[e.id] = true
				sum.emotions[e.emotion] += e.weight
			}
		}
	}
	return sum
}

// denied reports whether what stands between before and after is negated: in Korean by what follows the
// stem within two letters, or by 안 or 못 right before it; in English by one of the two words before it.
func denied(before, after string) bool {
	for range 3 {
		for _, no := range []string{"지 않", "지않", "지는 않", "지도 않", "진 않", "지 못", "지못", "이 없", "가 없", "도 없"} {
			if strings.HasPrefix(after, no) {
				return true
			}
		}
		_, width := utf8.DecodeRuneInString(after)
		after = after[width:]
	}
	if strings.HasSuffix(before, " 안 ") || strings.HasSuffix(before, " 못 ") {
		return true
	}
	for range 2 {
		before = strings.TrimSuffix(before, " ")
		start := strings.LastIndexByte(before, ' ') + 1
		switch before[start:] {
		case "not", "no", "never", "without", "isnt", "arent", "wasnt", "dont", "doesnt", "didnt", "cant", "couldnt", "wont", "hardly", "nothing":
			return true
		}
		before = before[:start]
	}
	return false
}
