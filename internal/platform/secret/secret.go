// Package secret makes texts that nobody can guess.
package secret

import (
	"crypto/rand"
	"encoding/base32"
)

// crockford is the alphabet without letters that people take for digits, I, L and O, and without U
// (https://www.crockford.com/base32.html).
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Code returns 128 random bits as 26 letters and digits that people can read aloud and type.
func Code() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return crockford.EncodeToString(bits[:])
}
