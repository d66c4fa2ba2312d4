package insight

// Emotion is a feeling that speaks in a worry.
type Emotion string

// The feelings, in the order in which equal ones are named.
const (
	EmotionAnxiety    Emotion = "ANXIETY"
	EmotionSadness    Emotion = "SADNESS"
	EmotionAnger      Emotion = "ANGER"
	EmotionLoneliness Emotion = "LONELINESS"
	EmotionFatigue    Emotion = "FATIGUE"
	EmotionGuilt      Emotion = "GUILT"
	EmotionConfusion  Emotion = "CONFUSION"
	EmotionLove       Emotion = "LOVE"
	EmotionJoy        Emotion = "JOY"
	EmotionGratitude  Emotion = "GRATITUDE"
	EmotionHope       Emotion = "HOPE"
	EmotionCalm       Emotion = "CALM" // nothing else speaks
)

// allEmotions returns a new list of all feelings.
func allEmotions() []Emotion {
	return []Emotion{
		EmotionAnxiety, EmotionSadness, EmotionAnger, EmotionLoneliness, EmotionFatigue,
		EmotionGuilt, EmotionConfusion, EmotionLove, EmotionJoy, EmotionGratitude, EmotionHope, EmotionCalm,
	}
}

// Values returns the names of all feelings, as a column's or a prompt's enumeration wants them.
func (Emotion) Values() []string { return names(allEmotions()) }

// Valid reports whether e is one of the feelings.
func (e Emotion) Valid() bool { return known(e, allEmotions()) }

// ParseEmotions returns the feelings that a model named: in upper or lower case, the unknown and the
// repeated left out, at most three. It returns nil when none is left.
func ParseEmotions(said []string) []Emotion { return parse(said, allEmotions(), mostEmotions) }
