package offline

import (
	"slices"
	"strings"

	"github.com/moa-bff/moa/internal/counsel/insight"
)

// heard is what is understood of a conversation.
type heard struct {
	turns    int    // how often the person has said something
	last     string // what the person said last
	emotions []insight.Emotion
	topics   []insight.Topic
	topic    insight.Topic // what may be named as the matter, or "" where that would be a guess
	earlier  insight.Topic // what may be named as the matter of what was said before
	newTopic bool          // the last words named the matter themselves

	crisis       bool // the last words speak of suicide or self-harm
	crisisBefore bool // earlier ones did
	another      bool // it may be about somebody near
}

func listen(lines []Line) (h heard) {
	var before []string
	for _, line := range lines {
		if !line.Client {
			continue
		}
		if h.turns > 0 {
			before = append(before, h.last)
		}
		h.turns++
		h.last = line.Text
	}
	past := strings.Join(before, "\n")
	h.emotions, h.topics = insight.Emotions(h.last), insight.Topics(h.last)
	if h.emotions[0] == insight.EmotionCalm && past != "" {
		h.emotions = insight.Emotions(past)
	}
	if h.topics[0] == insight.TopicDaily && past != "" {
		h.topics = insight.Topics(past)
	}
	h.earlier = first(insight.ClearTopics(past))
	h.topic = first(insight.ClearTopics(h.last))
	h.newTopic = h.topic != ""
	if !h.newTopic {
		h.topic = h.earlier
	}
	h.crisis = insight.Crisis(h.last)
	h.crisisBefore = slices.ContainsFunc(before, insight.Crisis)
	h.another = h.topic == insight.TopicFamily || h.topic == insight.TopicFriendship
	return h
}

func first(topics []insight.Topic) insight.Topic {
	if len(topics) == 0 {
		return ""
	}
	return topics[0]
}

// bright reports whether the person came with something good.
func (h heard) bright() bool {
	return h.emotions[0] == insight.EmotionJoy || h.emotions[0] == insight.EmotionGratitude
}

// thanks reports whether the person only says thank you for an answer.
func (h heard) thanks() bool {
	return h.turns > 1 && h.emotions[0] == insight.EmotionGratitude && !h.newTopic
}

// section returns the topic by which phrases are looked up.
func (h heard) section() string {
	if h.topic == "" {
		return string(insight.TopicDaily)
	}
	return string(h.topic)
}
