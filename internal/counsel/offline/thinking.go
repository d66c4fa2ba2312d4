package offline

import (
	"fmt"
	"strings"
)

// advised is how many steps an advice has.
const advised = 3

// thinking advises: it sorts the matter, lists a few concrete steps and proposes the next small one.
func (w *writer) thinking(h heard) string {
	if h.thanks() {
		return w.closing("thinking", h)
	}
	section := h.section()
	if h.bright() {
		section = "bright"
	}
	var b strings.Builder
	b.WriteString(w.open("thinking", h) + " " + w.say("thinking/view "+section) + "\n")
	for i, step := range w.some("thinking/steps "+section, advised) {
		fmt.Fprintf(&b, "%d) %s\n", i+1, step)
	}
	b.WriteString(w.joined([]string{w.say("thinking/next")}, h))
	return b.String()
}
