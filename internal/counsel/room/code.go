package room

import (
	"crypto/rand"
	"strings"

	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// codeLetters are those that are neither taken for another letter or a digit when they are read, nor for
	// each other when they are spoken: no I, L, O and no B, S, Z. There are 20, so a code has 34 bits.
	codeLetters = "ACDEFGHJKMNPQRTUVWXY"
	codeLength  = 8
	// codeAttempts is how often another code is tried when one is taken.
	codeAttempts = 5
)

// newCode returns a random code. Bytes that would make some letters likelier than others are thrown away.
func newCode() string {
	const fair = 256 - 256%len(codeLetters)
	code := make([]byte, 0, codeLength)
	random := make([]byte, 2*codeLength)
	for {
		_, _ = rand.Read(random) // it never fails (crypto/rand)
		for _, b := range random {
			if int(b) >= fair {
				continue
			}
			if code = append(code, codeLetters[int(b)%len(codeLetters)]); len(code) == codeLength {
				return string(code)
			}
		}
	}
}

// cleanCode returns a code as it is kept, however it was typed: small, or in groups.
func cleanCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(typed)))
}

// withCode writes a room under a code that no other open room has.
func (s *Service) withCode(write func(code string) error) (err error) {
	for range codeAttempts {
		if err = write(s.deps.NewCode()); !db.IsDuplicate(err) {
			return err
		}
	}
	return err
}
