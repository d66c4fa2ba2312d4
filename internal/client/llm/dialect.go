package llm

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

// field is an optional field of a request, which a provider may not know.
type field uint32

const (
	fieldUsage field = 1 << iota
	fieldUser
	fieldMaxTokens

	allFields = fieldUsage | fieldUser | fieldMaxTokens
)

// fields are the optional ones, by the words of a refusal that mean them.
var fields = []struct {
	field field
	words []string
}{
	{fieldUsage, []string{"stream_options", "streamOptions", "include_usage"}},
	// A refusal that names the newer field means the older one. One that names only the older may speak
	// of its value.
	{fieldMaxTokens, []string{"max_completion_tokens"}},
	{fieldUser, []string{"'user'", `"user"`, "`user`", "supplied: user"}},
}

// String returns the field's name on the wire, for the log.
func (f field) String() string {
	switch f {
	case fieldUsage:
		return "stream_options"
	case fieldUser:
		return "user"
	}
	return "max_tokens"
}

// dialect remembers which optional fields the provider has refused. The compatible endpoints differ,
// and do not say how before they are asked.
type dialect struct{ refused atomic.Uint32 }

// known returns the fields that have not been refused.
func (d *dialect) known() field { return allFields &^ field(d.refused.Load()) }

// learn takes from a refusal which of the sent fields to leave out from now on, and returns it, or
// zero when the refusal is about something else. Asking again is worth it then, and comes to an end,
// since each time a field less is sent.
func (d *dialect) learn(r *refusal, sent field) field {
	if r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
		return 0
	}
	unknown := field(0)
	for _, f := range fields {
		means := func(word string) bool { return strings.Contains(r.message, word) }
		if sent&f.field != 0 && slices.ContainsFunc(f.words, means) {
			unknown = f.field
			break
		}
	}
	// CLOVA's code of an unsupported field does not always come with its name. What is least likely to
	// be known, and can best be done without, goes first.
	if unknown == 0 && r.code == "40002" {
		unknown = sent & fieldUsage
	}
	d.refused.Or(uint32(unknown))
	return unknown
}
