package offline

import "strings"

// feeling comforts: it takes up what was said, names the feeling, says that it may be, and asks one
// gentle question.
func (w *writer) feeling(h heard) string {
	if h.thanks() {
		return w.closing("feeling", h)
	}
	said := []string{w.open("feeling", h), w.say("feeling/emotion " + string(h.emotions[0]))}
	if h.bright() {
		said = append(said, w.say("feeling/question bright"))
	} else {
		said = append(said, w.say("feeling/topic "+h.section()), w.say("feeling/question "+h.section()))
	}
	return w.joined(said, h)
}

// closing answers a thank-you.
func (w *writer) closing(voice string, h heard) string {
	return w.joined([]string{w.say(voice + "/thanks"), w.say(voice + "/thanks close")}, h)
}

// joined makes an answer of sentences. Where the conversation has spoken of a crisis, the help lines are
// not forgotten.
func (w *writer) joined(sentences []string, h heard) string {
	if h.crisisBefore {
		sentences = append(sentences, w.say("shared/crisis after"))
	}
	return strings.Join(sentences, " ")
}
