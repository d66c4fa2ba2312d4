package offline

import (
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/offline/particle"
)

// named is how many topics and feelings a look back names.
const named = 2

// WeekSentence returns a look back on a week in one sentence, in Korean for a Korean tag and in English
// otherwise: how many talks there were, and the first two of the topics and of the emotions, which come
// most frequent first.
func WeekSentence(tag language.Tag, emotions []insight.Emotion, topics []insight.Topic, sessions int) string {
	w := &writer{phrases: phrasesIn(tag), values: map[string]string{"count": strconv.Itoa(sessions)}}
	if sessions <= 0 {
		return w.say("shared/week none")
	}
	w.values["sessions"] = w.say("shared/sessions many")
	if sessions == 1 {
		w.values["sessions"] = w.say("shared/sessions one")
	}
	if len(emotions) == 0 {
		emotions = []insight.Emotion{insight.EmotionCalm}
	}
	if len(topics) == 0 {
		topics = []insight.Topic{insight.TopicDaily}
	}
	w.values["emotions"] = listed(tag, labels(w, "shared/emotion ", emotions))
	w.values["topics"] = listed(tag, labels(w, "shared/topic ", topics))
	w.seed = w.values["emotions"] + w.values["topics"] + w.values["count"]
	return w.say("shared/week")
}

// labels returns how to name the first kinds.
func labels[K ~string](w *writer, prefix string, kinds []K) (found []string) {
	for _, kind := range kinds[:min(len(kinds), named)] {
		if label := w.say(prefix + string(kind)); label != "" {
			found = append(found, label)
		}
	}
	return found
}

// listed joins one or two labels with "and".
func listed(tag language.Tag, labels []string) string {
	and := " and "
	if base, _ := tag.Base(); base.String() == "ko" && len(labels) > 0 {
		and = particle.Of(labels[0], "과", "와") + " "
	}
	return strings.Join(labels, and)
}
