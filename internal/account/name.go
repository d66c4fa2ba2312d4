package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name, in letters.
const maxName = 50

// goneName is the name of everybody who has deleted the account: "a member who has left".
const goneName = "탈퇴한 회원"

// cleanName returns the name as it is kept: composed (Unicode NFC), without spaces around it.
func cleanName(name string) string { return strings.TrimSpace(norm.NFC.String(name)) }

// checkName returns [ErrNameInvalid] unless a clean name can be seen and does not disturb the text
// around it.
func checkName(name string) error {
	visible := strings.IndexFunc(name, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
	if visible < 0 || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, disturbs) {
		return ErrNameInvalid
	}
	return nil
}

// disturbs reports whether r is a control character or turns the direction of the text that follows
// (Unicode UAX #9, explicit formatting characters).
func disturbs(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
