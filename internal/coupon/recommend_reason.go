package coupon

import (
	"strings"
	"unicode"
)

// longestReason is how many letters a reason has at most.
const longestReason = 100

// cleanReason makes one short line of what the model wrote. It is empty when nothing remains, or when there
// is an address in it: a title can talk a model into advertising one.
func cleanReason(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1 // invisible, and some turn the direction of what follows
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if lower := strings.ToLower(text); strings.Contains(lower, "://") || strings.Contains(lower, "www.") {
		return ""
	}
	if letters := []rune(text); len(letters) > longestReason {
		return strings.TrimSpace(string(letters[:longestReason-1])) + "…"
	}
	return text
}
