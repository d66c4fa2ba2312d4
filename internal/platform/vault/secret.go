package vault

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what everybody sees of a secret.
const redacted = "[redacted]"

// Secret is a credential that does not show itself: printed, logged or marshalled it is "[redacted]", also
// deep inside other values. The zero value is no credential.
type Secret struct {
	// text is behind a pointer because package fmt looks into unexported fields without asking their methods,
	// and shows a pointer inside another value as an address only.
	text *string
}

// NewSecret returns text as a secret.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text itself, for whoever sends it to where it belongs.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String implements [fmt.Stringer].
func (Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer].
func (Secret) GoString() string { return redacted }

// Format implements [fmt.Formatter], for every verb.
func (Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted) // whoever formats has nobody to tell
}

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON implements [json.Marshaler].
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements [encoding.TextMarshaler].
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
