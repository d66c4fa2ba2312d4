// Package email knows when two e-mail addresses are the same, for everything that makes accounts.
package email

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Normalize returns the address in the form in which two of them are compared.
func Normalize(address string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(address)))
}

// Hash returns what is kept of an address for ever: the SHA-256 of its normalised form, in hexadecimal.
func Hash(address string) string {
	sum := sha256.Sum256([]byte(Normalize(address)))
	return hex.EncodeToString(sum[:])
}
