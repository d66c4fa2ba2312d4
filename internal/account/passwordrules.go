package account

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The shortest and the longest password, in characters.
const (
	minPassword = 8
	maxPassword = 128
)

// commonPasswords are passwords that attackers try first, one a line, in lower case.
//
//go:embed common_passwords.txt
var commonPasswords string

// composed returns the password in Unicode NFC, so that the same keys give the same password on every
// system (RFC 8265 §4.2.2).
func composed(password string) string { return norm.NFC.String(password) }

// checkPassword returns [ErrPasswordWeak] for a password that is too short, too long or well known.
func checkPassword(password string) error {
	password = composed(password)
	length := utf8.RuneCountInString(password)
	if length < minPassword || length > maxPassword || isCommon(password) {
		return ErrPasswordWeak
	}
	return nil
}

func isCommon(password string) bool {
	return slices.Contains(strings.Fields(commonPasswords), strings.ToLower(password))
}
