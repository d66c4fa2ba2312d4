package account

import (
	"net/mail"
	"strings"
)

// The longest e-mail address and the longest part before the @, in bytes (RFC 5321 §4.5.3.1; a path
// of 256 with its angle brackets).
const (
	maxEmail = 254
	maxLocal = 64
)

// checkEmail returns [ErrEmailInvalid] unless email is a bare address that mail can reach: no display
// name, no quoting, no address literal, a domain of two labels or more (RFC 5322 §3.4.1).
func checkEmail(email string) error {
	email = strings.TrimSpace(email)
	if len(email) > maxEmail {
		return ErrEmailInvalid
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil {
		return ErrEmailInvalid.Wrap(err)
	}
	local, domain, _ := strings.Cut(email, "@")
	if parsed.Address != email || len(local) > maxLocal || !isDomain(domain) {
		return ErrEmailInvalid
	}
	return nil
}

// isDomain reports whether domain has two labels or more, each of a length and shape that DNS carries
// (RFC 1035 §2.3.4).
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsAny(label, "[]@:_ ") {
			return false
		}
	}
	return len(labels) > 1
}
