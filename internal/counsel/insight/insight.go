// Package insight says what a worry is about, without a model: which feelings speak in it, which part
// of life it concerns, and whether it speaks of suicide or self-harm. It reads Korean and English, also
// mixed, and the same text always gives the same answer.
//
// It counts the weighted stems of lexicon/*.txt that a text contains. That is coarse, which is enough
// for what it is used for: the statistics of a week when no model is at hand, the choice of words of
// the built-in counsellor, and the help lines, where a flag too many is better than one too few.
package insight

import (
	"maps"
	"slices"
)

// How much is said of one text.
const (
	// mostEmotions is how many feelings a worry has at most.
	mostEmotions = 3
	// mostTopics is how many topics a worry has at most.
	mostTopics = 2
	// grave is how much sadness speaks in a crisis.
	grave = 3
	// clearly is the least weight of a topic that is named to the person.
	clearly = 2
)

// Emotions returns the one to three feelings that speak in text, the strongest first: [EmotionCalm] when none
// does. A feeling counts when it has at least a third of the weight of the strongest.
func Emotions(text string) []Emotion {
	weights := weigh(text).emotions
	if Crisis(text) { // "I want to die" is no hope
		weights[EmotionSadness] += grave
		delete(weights, EmotionHope)
		delete(weights, EmotionJoy)
	}
	return strongest(allEmotions(), weights, mostEmotions, 3, EmotionCalm)
}

// Topics returns the one or two parts of life that text is about, the main one first: [TopicDaily] when none
// is recognised. The second counts when it has at least half of the weight of the first.
func Topics(text string) []Topic {
	weights := weigh(text).topics
	return strongest(allTopics(), weights, mostTopics, 2, TopicDaily)
}

// ClearTopics returns those topics of text for which a strong word or several weak ones speak: none when
// there is none. It is for who answers the person and would rather not name a topic than a wrong one.
func ClearTopics(text string) []Topic {
	weights := weigh(text).topics
	maps.DeleteFunc(weights, func(_ Topic, weight int) bool { return weight < clearly })
	if len(weights) == 0 {
		return nil
	}
	return strongest(allTopics(), weights, mostTopics, 2, TopicDaily)
}

// strongest returns at most most of the kinds, the heaviest first and equal ones in their order, leaving
// out those with less than one share-th of the heaviest; otherwise alone when nothing weighs anything.
func strongest[K comparable](kinds []K, weights map[K]int, most, share int, otherwise K) []K {
	found := slices.DeleteFunc(kinds, func(k K) bool { return weights[k] == 0 })
	if len(found) == 0 {
		return []K{otherwise}
	}
	slices.SortStableFunc(found, func(a, b K) int { return weights[b] - weights[a] })
	heaviest := weights[found[0]]
	found = slices.DeleteFunc(found, func(k K) bool { return weights[k]*share < heaviest })
	return found[:min(len(found), most)]
}
