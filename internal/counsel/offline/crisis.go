package offline

import "strings"

// crisis answers words that speak of suicide or self-harm: gently, without a question about the reasons
// and without a quotation, and with the way to the help lines beside the answer.
func (w *writer) crisis(voice Voice, h heard) string {
	between := " "
	if voice == VoiceThinking {
		between = "\n" // it has a list
	}
	said := w.all("shared/crisis " + string(voice))
	if len(said) == 0 {
		said = w.all("shared/crisis " + string(VoiceFeeling))
	}
	if h.another {
		said = append(said, w.say("shared/crisis other"))
	}
	return strings.Join(said, between)
}
