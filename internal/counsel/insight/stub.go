// Package insight is a stand-in.
package insight

import "golang.org/x/text/language"

// Emotion is.
type Emotion string

// Topic is.
type Topic string

// Emotions is.
// Values is.
func (Emotion) Values() []string { return nil }

// Values is.
func (Topic) Values() []string { return nil }

func Emotions(string) []Emotion { return []Emotion{"CALM"} }

// Topics is.
func Topics(string) []Topic { return []Topic{"DAILY"} }

// Crisis is.
func Crisis(string) bool { return false }

// Block is.
type Block struct {
	Text  string
	Lines []Line
}

// Line is.
type Line struct{ Name, Phone, Note, URL string }

// CrisisBlock is.
func CrisisBlock(language.Tag) Block { return Block{} }

// AllEmotions is.
func AllEmotions() []Emotion { return nil }

// AllTopics is.
func AllTopics() []Topic { return nil }

// ParseEmotions is.
func ParseEmotions([]string) []Emotion { return nil }

// ParseTopics is.
func ParseTopics([]string) []Topic { return nil }
