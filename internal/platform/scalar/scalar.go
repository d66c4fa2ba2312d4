// Package scalar says how the schema's own scalars are written and read.
package scalar

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// MarshalDateTime writes an instant as RFC 3339 in UTC.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var buf [40]byte
		b := append(buf[:0], '"')
		b = t.UTC().AppendFormat(b, time.RFC3339Nano)
		_, _ = w.Write(append(b, '"')) // the writer is a buffer
	})
}

// UnmarshalDateTime reads RFC 3339 text; anything else is [fault.InvalidArgument].
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fault.InvalidArgument.Saying("argument.date_time")
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fault.InvalidArgument.Saying("argument.date_time").Wrap(err)
	}
	return t.UTC(), nil
}

// MarshalInt writes an integer.
func MarshalInt(i int) graphql.Marshaler { return graphql.MarshalInt(i) }

// UnmarshalInt reads an integer of 32 bits, the range that GraphQL gives to Int
// (https://spec.graphql.org/October2021/#sec-Int); anything else is [fault.InvalidArgument].
func UnmarshalInt(v any) (int, error) {
	var (
		i   int64
		err error
	)
	switch v := v.(type) {
	case int:
		i = int64(v)
	case int64:
		i = v
	case json.Number:
		i, err = strconv.ParseInt(string(v), 10, 32)
	default:
		return 0, fault.InvalidArgument.Saying("argument.int")
	}
	if err != nil || i < math.MinInt32 || i > math.MaxInt32 {
		return 0, fault.InvalidArgument.Saying("argument.int").Wrap(err)
	}
	return int(i), nil
}

// MarshalJSON writes an open value.
func MarshalJSON(v any) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("null")
		}
		_, _ = w.Write(text) // the writer is a buffer
	})
}

// UnmarshalJSON reads an open value.
func UnmarshalJSON(v any) (any, error) { return v, nil }

// MarshalRawJSON writes an open value that is JSON text already.
func MarshalRawJSON(v json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if len(v) == 0 {
			v = json.RawMessage("null")
		}
		_, _ = w.Write(v) // the writer is a buffer
	})
}

// UnmarshalRawJSON reads an open value as JSON text.
func UnmarshalRawJSON(v any) (json.RawMessage, error) { return json.Marshal(v) }

// MarshalSecret writes that there is a secret, and nothing of it.
func MarshalSecret(s vault.Secret) graphql.Marshaler { return MarshalJSON(s) }

// UnmarshalSecret reads a text; anything else is [fault.InvalidArgument], which does not repeat it.
func UnmarshalSecret(v any) (vault.Secret, error) {
	text, ok := v.(string)
	if !ok {
		return vault.Secret{}, fault.InvalidArgument
	}
	return vault.NewSecret(text), nil
}
