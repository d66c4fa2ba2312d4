package offline

import (
	"hash/fnv"
	"strings"

	"github.com/moa-bff/moa/internal/counsel/offline/particle"
)

// writer chooses phrases for one answer and fills them in.
type writer struct {
	phrases phrases
	seed    string            // what the choice depends on
	said    string            // what the counsellor has said in this conversation
	values  map[string]string // what is filled in, by name
}

func newWriter(t Turn, h heard) *writer {
	var seed, said strings.Builder
	seed.WriteString(string(t.Voice) + string(t.Stage))
	for _, line := range t.Lines {
		to := &said
		if line.Client {
			to = &seed
		}
		to.WriteString("\n" + line.Text)
	}
	w := &writer{phrases: phrasesIn(t.Language), seed: seed.String(), said: said.String()}
	w.values = map[string]string{"quote": quote(h.last)}
	w.values["topic"] = w.matter(h)
	if h.earlier != "" {
		w.values["earlier"] = w.say("shared/topic " + string(h.earlier))
	}
	return w
}

// matter returns how to name what the conversation is about.
func (w *writer) matter(h heard) string {
	if h.topic == "" {
		return w.say("shared/matter")
	}
	return w.say("shared/topic " + string(h.topic))
}

// say returns a variant of a section, filled in: one that has not been said in this conversation, if
// there is such a one.
func (w *writer) say(key string) string {
	variants := w.phrases[key]
	if len(variants) == 0 {
		return ""
	}
	start := w.choose(key, len(variants))
	for i := range variants {
		sentence := w.fill(variants[(start+i)%len(variants)])
		if !strings.Contains(w.said, sentence) {
			return sentence
		}
	}
	return w.fill(variants[start])
}

// some returns at most n variants of a section, in their order in the file.
func (w *writer) some(key string, n int) (sentences []string) {
	variants := w.phrases[key]
	n = min(n, len(variants))
	start := w.choose(key, max(len(variants), 1))
	chosen := map[int]bool{}
	for i := range n {
		chosen[(start+i)%len(variants)] = true
	}
	for i, variant := range variants {
		if chosen[i] {
			sentences = append(sentences, w.fill(variant))
		}
	}
	return sentences
}

// all returns the variants of a section, filled in.
func (w *writer) all(key string) []string { return w.some(key, len(w.phrases[key])) }

// choose returns a number below n that depends on the conversation and the section alone.
func (w *writer) choose(key string, n int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key + "\x00" + w.seed)) // never fails
	sum := h.Sum64()
	return int((sum ^ sum>>32) % uint64(n)) // the low bits alone depend on too little
}

// fill puts values into a phrase: "{topic}" is the value, and "{topic:을/를}" the value with the form of
// the particle that fits. What comes in is not looked at again, whatever a person may have written.
func (w *writer) fill(phrase string) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(phrase, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		var field string
		field, phrase, _ = strings.Cut(rest, "}")
		name, forms, _ := strings.Cut(field, ":")
		b.WriteString(w.values[name])
		if after, otherwise, ok := strings.Cut(forms, "/"); ok {
			b.WriteString(particle.Of(w.values[name], after, otherwise))
		}
	}
}

// open returns how an answer begins: with a reference to what the person said, and to what came before.
func (w *writer) open(voice string, h heard) string {
	switch {
	case h.turns > 1 && h.earlier != "" && w.values["quote"] != "":
		return w.say(voice + "/again")
	case h.turns > 1:
		return w.say(voice + "/again plain")
	case w.values["quote"] != "":
		return w.say(voice + "/open")
	}
	return w.say(voice + "/open plain")
}
